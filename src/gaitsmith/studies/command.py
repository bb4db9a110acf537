"""The command line that studies share: ``python -m gaitsmith.studies.NAME --data DIR``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from gaitsmith.errors import GaitsmithError

__all__ = ["command"]

Figures = dict[str, Any]


def command(
    about: str | None,
    run: Callable[[Path, Iterable[str] | None], Figures],
    format: Callable[[Figures], str],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a study's parts, print them and write them where asked; the exit code.

    Parameters
    ----------
    about
        The study's module docstring, whose first line stands in the help.
    run
        From the folder of data and the names of parts to their figures.
    format
        The figures as text.
    arguments
        Those of the process, where None.
    """
    import argparse

    parser = argparse.ArgumentParser(description=(about or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--only", action="append", help="a part's name; may be given more than once"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args(arguments)
    try:
        result = run(given.data, given.only)
        print(format(result))
        if given.json is not None:
            import json

            from gaitsmith.files import write_bytes

            write_bytes(given.json, json.dumps(result, indent=1).encode(), force=True)
    except GaitsmithError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
