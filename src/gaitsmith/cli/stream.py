"""``gaitsmith stream phase`` and ``gaitsmith export phase``."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaitsmith.cli import options as o
from gaitsmith.cli.console import errors, out
from gaitsmith.cli.learning import Groups

if TYPE_CHECKING:
    from gaitsmith.channels import Side
    from gaitsmith.realtime.estimate import PhaseEstimate
    from gaitsmith.realtime.network import Network

__all__ = ["add"]

stream = typer.Typer(help="Estimate while the person walks.", no_args_is_help=True)
export = typer.Typer(help="Write a model for another runtime.", no_args_is_help=True)

_BACKENDS = ("numpy", "onnx", "onnx-int8")
_COLUMNS = ("side", "time_s", "known_s", "percent", "stance", "p_stance", "walking", "p_walking",
            "event", "event_s", "confidence", "state")  # fmt: skip

Model = Annotated[str, typer.Option(help="A bundled model, or the folder of a saved one.")]


def add(groups: Groups) -> None:
    """The commands of the live runtime."""
    groups.app.add_typer(stream, name="stream")
    groups.app.add_typer(export, name="export")


@stream.command("phase")
def stream_phase(
    replay: Annotated[
        list[str] | None, typer.Option(help="Recording to send through; repeat for its parts.")
    ] = None,
    realtime: Annotated[
        bool, typer.Option("--realtime", help="At the pace at which it was measured.")
    ] = False,
    lsl_in: Annotated[
        list[str] | None, typer.Option(help="LSL stream of a foot: left=NAME, right=NAME.")
    ] = None,
    lsl_out: Annotated[
        str | None, typer.Option(help="Send estimates as LSL streams NAME_left, NAME_right.")
    ] = None,
    mounting: Annotated[
        list[str] | None,
        typer.Option(
            help="'forward=+x, up=+z' for both feet, or 'left: forward=…' for one; "
            "else it is found from 3 s of standing and the first swings."
        ),
    ] = None,
    model: Model = "phase-foot",
    backend: Annotated[str, typer.Option(help="numpy, onnx or onnx-int8.")] = "numpy",
    rate: o.Rate = None,
    unit: o.Units = None,
    place: o.Placement = None,
    column: o.Columns = None,
    format: o.Format = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV of every tick to write.")
    ] = None,
    force: o.Force = False,
) -> None:
    """Phase of each foot, live: from a recording as its device sent it, or from LSL streams."""
    from gaitsmith.errors import GaitsmithError, check_in

    check_in("--backend", backend, _BACKENDS)
    if bool(replay) == bool(lsl_in):
        raise GaitsmithError("nothing to stream" if not replay else "two sources",
                             expected="--replay FILE, or --lsl-in right=NAME")  # fmt: skip
    hints = o.hints_from(rate_hz=rate, units=unit, placement=place, columns=column)
    declared = mountings(mounting or [])
    with _rows(out, force) as keep, _outlets(lsl_out) as send:

        def tell(side: Side, estimate: PhaseEstimate) -> None:
            keep(side, estimate)
            send(side, estimate)

        heard = tell if out is not None or lsl_out is not None else None
        if replay:
            _replay(replay, hints, format, model, declared, backend, realtime, heard)
        else:
            _lsl(o.pairs(lsl_in, "--lsl-in"), hints, model, declared, backend, heard)
    if out is not None:
        _say(f"estimates: {out}")


@export.command("phase")
def export_phase(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File.onnx, or folder of the C files, to write.")
    ],
    format: Annotated[str, typer.Option(help="onnx or c.")] = "onnx",
    model: Model = "phase-foot",
    int8: Annotated[bool, typer.Option("--int8", help="ONNX with 8-bit weights.")] = False,
    rate: Annotated[
        float, typer.Option(help="Rate of the device (Hz), for C: its resampler comes along.")
    ] = 100.0,
    force: o.Force = False,
) -> None:
    """The phase model as an ONNX graph or as C without dependencies, checked against numpy."""
    from gaitsmith.errors import GaitsmithError, check_in
    from gaitsmith.models.phase.model import PhaseModel
    from gaitsmith.realtime import checking

    check_in("--format", format, ("onnx", "c"))
    if format == "c" and int8:
        raise GaitsmithError("the C form has no 8-bit weights", place="option --int8")
    if format == "onnx" and rate != 100.0:
        raise GaitsmithError("the ONNX graph takes ticks of 100 Hz", place="option --rate",
                             remedy="PhaseStream resamples and runs it as its back end")  # fmt: skip
    made = PhaseModel.from_pretrained(model)
    if format == "onnx":
        from gaitsmith.realtime.export_onnx import write_onnx

        path = write_onnx(made, out, int8=int8, force=force)
        _say(f"{path}: {path.stat().st_size / 1024:.0f} KiB, one tick of 100 Hz a run")
        _say(checking.onnx(made, path))
    else:
        from gaitsmith.realtime.export_c import write_c

        written = write_c(made, out, rate_hz=rate, force=force)
        _say(
            f"{written.header}, {written.source}: {written.weight_bytes / 1024:.0f} KiB of constants, "
            f"{written.state_bytes / 1024:.1f} KiB of memory a foot"
        )
        _say(checking.c(made, written, rate_hz=rate))


def mountings(said: list[str]) -> dict[str, str] | str | None:
    """``["left: forward=+x, up=+z", …]`` by side, or the one that serves both.

    Raises
    ------
    GaitsmithError
        Where one for both stands beside others.
    """
    from gaitsmith.errors import GaitsmithError

    sided = {}
    for text in said:
        side, colon, rest = text.partition(":")
        if colon and side.strip() in ("left", "right"):
            sided[side.strip()] = rest.strip()
        elif len(said) == 1:
            return text
        else:
            raise GaitsmithError("which foot?", place="option --mounting", found=text,
                                 expected='"left: forward=+x, up=+z"')  # fmt: skip
    return sided or None


def _say(words: str) -> None:
    out().print(words, highlight=False, markup=False, soft_wrap=True)


def _back_end(name: str, model: Any) -> Callable[[], Network] | None:
    if name == "numpy":
        return None
    import tempfile

    from gaitsmith.realtime.export_onnx import OnnxNetwork, write_onnx

    with tempfile.TemporaryDirectory() as folder:
        data = write_onnx(model, Path(folder) / "m.onnx", int8=name == "onnx-int8").read_bytes()
    return lambda: OnnxNetwork(data)


def _replay(
    files: list[str], hints: Any, format: str | None, model: str, mounting: Any, backend: str,
    realtime: bool, heard: Callable[[Side, PhaseEstimate], None] | None,
) -> None:  # fmt: skip
    from gaitsmith.cli.live import View
    from gaitsmith.formats import read
    from gaitsmith.models.phase.model import PhaseModel
    from gaitsmith.realtime.replay import Replay

    recording = read(*files, hints=hints, format=format)
    made = PhaseModel.from_pretrained(model)
    run = Replay(recording, made, mounting=mounting, on_tick=heard, backend=_back_end(backend, made),
                 segment=made.config.sensor)  # fmt: skip
    view = View(run.streams, run.latency, recording.name or files[0])
    with view, _stopped_cleanly():
        for packet, estimate in run.run(realtime=realtime):
            view.saw(packet.side, estimate)
    _end(view)


def _lsl(
    names: dict[str, str], hints: Any, model: str, mounting: Any, backend: str,
    heard: Callable[[Side, PhaseEstimate], None] | None,
) -> None:  # fmt: skip
    from gaitsmith.cli.live import View
    from gaitsmith.errors import check_in
    from gaitsmith.models.phase.model import PhaseModel
    from gaitsmith.realtime.lsl import Inlet
    from gaitsmith.realtime.replay import Live

    for side in names:
        check_in("--lsl-in", side, ("left", "right"))
    made = PhaseModel.from_pretrained(model)
    inlets: dict[Side, Inlet] = {side: Inlet(name) for side, name in names.items()}  # type: ignore[misc]
    run = Live(inlets, made, mounting=mounting, on_tick=heard, backend=_back_end(backend, made),
               rate_hz=hints.rate_hz, units=hints.units)  # fmt: skip
    view = View(run.streams, run.latency, ", ".join(names.values()))
    with view, _stopped_cleanly():
        for side, estimate in run.run():
            view.saw(side, estimate)
    _end(view)


def _end(view: Any) -> None:
    for line in view.summary():
        _say(line)


@contextlib.contextmanager
def _stopped_cleanly() -> Iterator[None]:
    """Ctrl-C ends the streaming, not the program: what there is is written and shown."""
    try:
        yield
    except KeyboardInterrupt:
        errors().print("stopped", highlight=False)


def _deaf(_side: Side, _estimate: PhaseEstimate) -> None:
    """Hears nothing."""


@contextlib.contextmanager
def _rows(path: Path | None, force: bool) -> Iterator[Callable[[Side, PhaseEstimate], None]]:
    """A row a tick, written as it comes; the file appears when all is done."""
    if path is None:
        yield _deaf
        return
    import csv

    from gaitsmith.files import replacing

    def text(value: object) -> object:
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, float):
            return "" if value != value else f"{value:.6g}"  # noqa: PLR0124
        return "" if value is None else value

    with (
        replacing(path, force=force) as beside,
        beside.open("w", newline="", encoding="utf-8") as f,
    ):
        rows = csv.writer(f, lineterminator="\n")
        rows.writerow(_COLUMNS)
        yield lambda side, e: rows.writerow(
            [side, *(f"{v:.4f}" if k in ("time_s", "known_s", "event_s") and v == v else text(v)  # noqa: PLR0124
                     for k, v in ((k, getattr(e, k)) for k in _COLUMNS[1:]))]
        )  # fmt: skip


@contextlib.contextmanager
def _outlets(name: str | None) -> Iterator[Callable[[Side, PhaseEstimate], None]]:
    if name is None:
        yield _deaf
        return
    from gaitsmith.realtime.lsl import Outlet

    outlets = {side: Outlet(f"{name}_{side}") for side in ("left", "right")}
    yield lambda side, estimate: outlets[side].push(estimate)
