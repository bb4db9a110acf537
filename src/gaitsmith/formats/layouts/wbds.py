"""Forces of the WBDS treadmill walks (Fukuchi, Fukuchi and Duarte 2018, PeerJ 6:e4640).

``Time Fx1 Fy1 Fz1 COPx1 COPy1 COPz1 Ty1 Fx2 …``, tab-separated, N, mm and N·mm at 300 Hz; ``Time``
is the number of the row. Fy is vertical, x forward, z lateral; plates are not zeroed.
"""

from __future__ import annotations

from dataclasses import replace

from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.layouts import generic
from gaitsmith.formats.raw_table import Table
from gaitsmith.formats.units_by_range import is_row_number
from gaitsmith.recording import Note, Recording

NAME = "WBDS forces"
#: Sampling rate (Hz) of the published forces.
RATE = 300.0
_COLUMNS = ("Fx", "Fy", "Fz", "COPx", "COPy", "COPz", "Ty")


def fits(table: Table, source: Source) -> bool:
    """Whether the columns are those of two plates behind a row number called Time."""
    wanted = ["Time", *(f"{c}{n}" for n in (1, 2) for c in _COLUMNS)]
    return list(table.columns) == wanted and is_row_number(table.data[:, 0])


def read(table: Table, source: Source, hints: Hints) -> Recording:
    """A ``forces`` stream with plates ``plate_1`` and ``plate_2``."""
    notes: tuple[Note, ...] = ()
    if hints.rate_hz is None and "WBDS" in source.stem.upper():
        hints = replace(hints, rate_hz=RATE)
        notes = (
            Note("assumption", "clock", "300 Hz: the published rate; the column Time counts rows"),
        )
    recording = generic.read(table, source, hints)
    if notes:
        # The published rate says what the column counts as well.
        kept = tuple(n for n in recording.notes if not n.place.startswith("column 'Time'"))
        recording = recording.replace(notes=(*kept, *notes))
    vertical = table.block(["Fy1", "Fy2"])
    low = float(vertical.min())
    return recording.with_note(
        "warning", "forces",
        f"the plates were not zeroed (vertical force down to {low:.0f} N), and the centre of "
        "pressure means little below about 100 N",
    )  # fmt: skip
