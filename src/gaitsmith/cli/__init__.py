"""The command line. `main` turns a refusal into words and exit code 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

# What shells expect of a command that Ctrl-C ended.
_STOPPED = 130


# Our matrices are small: threads of the linear algebra library cost more than they win, and on a
# busy machine they spin (measured: 9.7 s of processor time in place of 2.8). Networks have their own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 (a fault of ours), 2 (a refusal) or 130 (Ctrl-C)."""
    try:
        _run(arguments)
    except KeyboardInterrupt:
        sys.exit(_stopped())
    except SystemExit as end:
        # The library of the commands turns Ctrl-C into this code, without a word.
        if end.code == _STOPPED:
            _stopped()
        raise
    except BrokenPipeError:
        # The reader of our output went away (`| head`); that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _run(arguments: Sequence[str] | None) -> None:
    from gaitsmith.cli.app import app
    from gaitsmith.errors import GaitsmithError

    try:
        app(args=None if arguments is None else list(arguments), prog_name="gaitsmith")
    except GaitsmithError as error:
        from gaitsmith.cli.console import errors

        errors().print(
            f"[bold red]error[/] {_escaped(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(2)


def _stopped() -> int:
    print("stopped; nothing was left half written", file=sys.stderr)
    return _STOPPED


# What Python users pass as arguments, as the options that say the same here.
_OPTIONS = (
    (r"""units=\{["'](\w+)["']: ["']([^"']+)["']\}""", r"--unit \1=\2"),
    (r"""placement=\{["']([^"']+)["']: ["']([^"']+)["']\}""", r"--place '\1=\2'"),
    (r"""columns=\{["']([^"']+)["']: ["']([^"']+)["']\}""", r"--column '\1=\2'"),
    (r"""signs=\{["']([^"']+)["']: (-?\d+)\}""", r"--sign '\1=\2'"),
    (r"""scale=\{["']([^"']+)["']: ([^}]+)\}""", r"a sidecar TOML with [scale] \1 = \2"),
    (r"""kinds=\(["'](\w+)["'],?\)""", r"--kind \1"),
    (r"""\brate_hz=([\d.]+)""", r"--rate \1"),
    (r"""\bforce=True\b""", "--force"),
    (
        r"""\bargument (events|population|osim|static|format|jobs|start|stop|up|without|controls|mass|height|age|sex)\b""",
        r"option --\1",
    ),
    (r"""\bargument speed_m_s\b""", "option --speed"),
    (r"""\bargument leg_length\b""", "option --leg-length"),
    (r"""\bargument rate_hz: cannot""", "option --resample: cannot"),
    (r"""\bargument rate_hz: the rate makes""", "option --resample: the rate makes"),
    (r"""\bargument rate_hz\b""", "option --rate"),
)


def _escaped(text: str) -> str:
    import re

    from rich.markup import escape

    for python, option in _OPTIONS:
        text = re.sub(python, option, text)
    return escape(text)
