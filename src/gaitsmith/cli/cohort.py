"""``gaitsmith analyze FOLDER``: every recording of a folder, with progress, resumable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gaitsmith.cli.console import errors, out

__all__ = ["run"]


def run(
    folder: Path, target: Path | None, *, jobs: int, scheduler: str | None, hints: Mapping[str, Any],
    options: Mapping[str, Any], people: Path | None, reports: bool, force: bool,
) -> None:  # fmt: skip
    """Analyse, show how far it is, and say where the tables lie and what was not analysed."""
    from gaitsmith.cohort import analyze_folder

    target = target or Path("gaitsmith-out") / (folder.resolve().name or "cohort")
    with _bar() as said:
        outcome = analyze_folder(
            folder, target, jobs=jobs, scheduler=scheduler, hints=hints, options=options,
            people=people, reports=reports, force=force, progress=said,
        )  # fmt: skip
    done, refused, failed = (outcome.count(s) for s in ("done", "refused", "failed"))
    words = f"{len(outcome.rows)} recordings: {done} analysed, {refused} refused, {failed} failed"
    if outcome.reused:
        words += f" ({outcome.reused} known from an earlier run)"
    for line in (
        f"{words}; {len(outcome.left)} other files",
        f"tables: {outcome.out / 'parameters.parquet'}, strides.parquet, files.csv (reasons)",
        f"report: {outcome.out / 'cohort.html'}",
    ):
        out().print(line, highlight=False, markup=False, soft_wrap=True)


class _bar:  # noqa: N801
    """A bar where a person is watching, a line every tenth where not."""

    def __enter__(self) -> Any:
        console = errors()
        self.progress: Any = None
        if console.is_terminal:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self.progress = Progress(
                "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
                console=console,
            )  # fmt: skip
            self.progress.start()
            self.task = self.progress.add_task("starting workers", total=None)
        return self.said

    def said(self, done: int, total: int, row: Mapping[str, Any]) -> None:
        if self.progress is not None:
            name = str(row["name"])
            self.progress.update(
                self.task, completed=done, total=total, description=name[-40:].replace("[", r"\[")
            )
        elif done == total or done % max(1, total // 10) == 0:
            errors().print(f"{done} of {total}", highlight=False)

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()
