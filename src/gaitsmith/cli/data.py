"""``gaitsmith data``: list the sets, prepare them into a store, check and describe a store."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["data"]

data = typer.Typer(
    help="Public sets of recordings: prepare them into one checked store.", no_args_is_help=True
)

StorePath = Annotated[Path, typer.Argument(metavar="STORE", help="Folder of the store.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]

_DERIVED = {
    "yes": "what is learnt from it may ship, with its terms",
    "card": "weights may ship with a card that carries its terms",
    "no": "measure only: nothing learnt from it may ship",
}


def _bar() -> Progress:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from gaitsmith.cli.console import errors

    return Progress(
        TextColumn("{task.fields[set]:<22}"), BarColumn(bar_width=30), MofNCompleteColumn(),
        TimeRemainingColumn(), TextColumn("{task.description}", markup=False), console=errors(),
        disable=not errors().is_terminal,
    )  # fmt: skip


@data.command("list")
def list_(as_json: AsJson = False) -> None:
    """The sets that can be prepared, with their terms and where to get them."""
    from rich.table import Table

    from gaitsmith.cli.console import out
    from gaitsmith.datasets.registry import catalogue

    if as_json:
        typer.echo(json.dumps([vars(a) for a in catalogue().values()], indent=1))
        return
    table = Table(box=None, header_style="bold")
    for column in ("set", "derived", "what", "licence", "source"):
        table.add_column(column, overflow="fold")
    for name, about in catalogue().items():
        table.add_row(name, about.derived, about.title, about.licence, about.source)
    out().print(table)
    for key, words in _DERIVED.items():
        out().print(f"[dim]derived {key}: {words}[/]", highlight=False)


@data.command()
def prepare(
    name: Annotated[
        str, typer.Argument(help="A set, several with commas, or all that RAW has folders of.")
    ],
    raw: Annotated[
        Path, typer.Argument(help="The set's folder or archive, or a folder of such folders.")
    ],
    store: StorePath,
    again: Annotated[
        bool, typer.Option("--again", help="Take the sets out first and prepare them anew.")
    ] = False,
) -> None:
    """Prepare sets into a store. Stopped or killed, the same command goes on where it was."""
    from gaitsmith.cli.console import errors, out
    from gaitsmith.datasets.preparing import prepare as run

    begun, processor = time.perf_counter(), time.process_time()
    with _bar() as bar:
        tasks: dict[str, Any] = {}

        def progress(set_name: str, done: int, total: int, trial: str) -> None:
            if set_name not in tasks:
                tasks[set_name] = bar.add_task("", total=None, set=set_name)
            bar.update(tasks[set_name], completed=done, total=total or None, description=trial)

        try:
            results = run(name.split(","), raw, store, again=again, progress=progress)
        except KeyboardInterrupt:
            bar.stop()
            errors().print(f"stopped; what was prepared stands in {store}, and the same command "
                           "goes on from there", highlight=False, soft_wrap=True)  # fmt: skip
            raise typer.Exit(130) from None
    for r in results:
        words = f"{r.added} prepared"
        words += f", {r.kept} were there" if r.kept else ""
        words += f", {r.excluded} left out" if r.excluded else ""
        out().print(f"{r.name}: {words}; {r.seconds:.1f} s", highlight=False)
    out().print(f"in all {sum(r.added + r.kept for r in results)} trials of {len(results)} sets in "
                f"{time.perf_counter() - begun:.1f} s, {time.process_time() - processor:.1f} s of processor",
                highlight=False, soft_wrap=True)  # fmt: skip
    out().print(f"store {store}; reasons: gaitsmith data info {store} --set NAME",
                highlight=False, soft_wrap=True)  # fmt: skip


@data.command()
def check(
    store: StorePath,
    drop: Annotated[
        bool, typer.Option("--drop", help="Take damaged trials out, to be prepared again.")
    ] = False,
) -> None:
    """Read every trial and compare it with its checksum."""
    from gaitsmith.cli.console import errors, out
    from gaitsmith.datasets.store import Store
    from gaitsmith.datasets.writer import Writer

    opened = Store(store)
    with _bar() as bar:
        task = bar.add_task("", total=len(opened), set="check")
        damages = opened.check(lambda done, total: bar.update(task, completed=done, total=total))
    if not damages:
        out().print(f"{len(opened)} trials of {len(opened.people)} people are whole; content "
                    f"{opened.digest[:16]}", highlight=False)  # fmt: skip
        return
    for d in damages:
        errors().print(f"{d.id or 'store'}: {d.problem}", highlight=False, markup=False)
    if drop:
        with Writer(store) as writer:
            writer.drop(d.id for d in damages)
        errors().print("taken out; prepare their sets again to have them back", highlight=False)
    raise typer.Exit(2)


@data.command()
def info(
    store: StorePath,
    set_name: Annotated[
        str | None, typer.Option("--set", help="One set: people, tasks, reasons of exclusions.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a store holds: sets, people, hours, terms, and what was left out."""
    from gaitsmith.cli.console import out
    from gaitsmith.datasets.store import Store
    from gaitsmith.errors import check_in

    opened = Store(store)
    names = [check_in("--set", set_name, opened.sets)] if set_name else list(opened.sets)
    rows = [_facts(opened, n) for n in names]
    if as_json:
        typer.echo(json.dumps({"revision": opened.revision, "digest": opened.digest, "bytes":
                               opened.size(), "sets": rows}, indent=1))  # fmt: skip
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for column in ("set", "people", "recordings", "hours", "curves", "left out", "derived"):
        table.add_column(column, justify="left" if column in ("set", "derived") else "right")
    for r in rows:
        table.add_row(r["set"] + ("" if r["complete"] else " (not complete)"), f"{r['people']}",
                      f"{r['recordings']}", f"{r['hours']:.2f}", f"{r['curves']}",
                      f"{r['left_out']}", r["derived"])  # fmt: skip
    out().print(table)
    out().print(f"revision {opened.revision}, {opened.size() / 1e6:.0f} MB, content {opened.digest[:16]}",
                highlight=False)  # fmt: skip
    if set_name:
        _details(opened, set_name)


def _facts(store: Any, name: str) -> dict[str, Any]:
    trials = store.trials[store.trials["set"] == name]
    recordings = trials[trials["kind"] == "recording"]
    about = store.sets[name]
    return {
        "set": name, "title": about["title"], "complete": about["complete"],
        "people": int((store.people["set"] == name).sum()), "recordings": len(recordings),
        "hours": round(float(recordings["duration"].sum()) / 3600, 3),
        "curves": int(trials.loc[trials["kind"] == "curves", "rows"].sum()),
        "left_out": int((store.exclusions["set"] == name).sum()), "derived": about["derived"],
        "licence": about["licence"], "cite": about["cite"],
        "tasks": {str(k): int(v) for k, v in trials["task"].value_counts().items()},
        "groups": {str(k): int(v) for k, v in
                   store.people.loc[store.people["set"] == name, "group"].value_counts().items()},
    }  # fmt: skip


def _details(store: Any, name: str) -> None:
    from gaitsmith.cli.console import out

    facts = _facts(store, name)
    say = out().print
    say(f"\n{facts['title']}\ncite: {facts['cite']}\nlicence: {facts['licence']}\nderived "
        f"{facts['derived']}: {_DERIVED[facts['derived']]}", highlight=False, markup=False)  # fmt: skip
    for what in ("groups", "tasks"):
        if any(facts[what]):
            words = ", ".join(f"{k or 'not said'} {v}" for k, v in facts[what].items())
            say(f"{what}: {words}", highlight=False, markup=False)
    for _, row in store.exclusions[store.exclusions["set"] == name].iterrows():
        say(f"left out {row['id']}: {row['reason']}", highlight=False, markup=False)
    used = store.trials[(store.trials["set"] == name) & (store.trials["use"] != "")]
    for _, row in used.iterrows():
        say(f"mind {row['id']}: {row['use']}", highlight=False, markup=False)
