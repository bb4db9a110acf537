"""A person's model as one small file (``.gait``): the model's folder in a zip, and the own strides.

The members are the files of the model (the same that ``save_pretrained`` writes), ``strides.npz`` and ``personal.json``. A file of a recording carries the
same suffix and other members; each says so when it is taken for the other.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import FormatError
from gaitsmith.files import write_bytes
from gaitsmith.models.base import FILES
from gaitsmith.models.fewshot.cycles import Cycles
from gaitsmith.models.fewshot.default import FewShot, Person

__all__ = ["Personal"]

Array = npt.NDArray[np.float64]
_LAYOUT = 1
_LIMIT = 200_000_000


@dataclass(frozen=True, eq=False)
class Personal:
    """A model and the strides it was adapted to.

    Attributes
    ----------
    model
        The population's.
    cycles
        The person's strides (left ones mirrored).
    kind
        ``"angles"`` or ``"shank"``.
    """

    model: FewShot
    cycles: Cycles
    kind: str

    @cached_property
    def person(self) -> Person:
        """Adapted to the strides."""
        return self.model.adapt(self.cycles)

    @property
    def speed(self) -> float:
        """Mean speed of the strides (m/s); NaN where not known."""
        known = self.cycles.speed[np.isfinite(self.cycles.speed)]
        return float(known.mean()) if len(known) else float("nan")

    @property
    def duration(self) -> tuple[float, float]:
        """Mean and SD of the stride time (s); NaN where not known."""
        known = self.cycles.duration[np.isfinite(self.cycles.duration)]
        sd = float(known.std(ddof=1)) if len(known) > 2 else 0.02 * float(known.mean()) if len(known) else float("nan")  # fmt: skip
        return (float(known.mean()), sd) if len(known) else (float("nan"), sd)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the file."""
        out = io.BytesIO()
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w") as z:
            self.model.save_pretrained(folder)
            for name in FILES:
                _put(z, name, (Path(folder) / name).read_bytes())
            arrays = io.BytesIO()
            c = self.cycles
            np.savez(arrays, data=c.data, person=c.person, recording=c.recording, side=c.side,
                     speed=c.speed, duration=c.duration, start=c.start, limit=c.limit)  # fmt: skip
            _put(z, "strides.npz", arrays.getvalue())
            about = {"personal": _LAYOUT, "kind": self.kind, "labels": list(c.labels), "units": list(c.units)}  # fmt: skip
            _put(z, "personal.json", json.dumps(about).encode())
        write_bytes(path, out.getvalue(), force=force)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Personal:
        """Read what :meth:`save` wrote.

        Raises
        ------
        FormatError
            Where it is another file, or damaged.
        """
        try:
            with zipfile.ZipFile(path) as z, tempfile.TemporaryDirectory() as folder:
                names = z.namelist()
                if "recording.json" in names:
                    raise FormatError("this .gait file holds a recording, not a person's model", file=path,
                                      remedy="make the model with gaitsmith personalize")  # fmt: skip
                about = json.loads(z.read("personal.json"))
                if about["personal"] != _LAYOUT:
                    raise FormatError("written by another version of gaitsmith", file=path,
                                      found=about["personal"], expected=f"layout {_LAYOUT}")  # fmt: skip
                for name in (*FILES, "strides.npz"):
                    if z.getinfo(name).file_size > _LIMIT:
                        raise FormatError("a part is too large", file=path, place=name)
                for name in FILES:
                    (Path(folder) / name).write_bytes(z.read(name))
                model = FewShot.from_pretrained(folder)
                with np.load(io.BytesIO(z.read("strides.npz")), allow_pickle=False) as a:
                    facts = {k: a[k] for k in a.files}
                cycles = Cycles(**facts, labels=tuple(about["labels"]), units=tuple(about["units"]))
                return cls(model, cycles, str(about["kind"]))
        except FormatError:
            raise
        except FileNotFoundError as error:
            raise FormatError("no such file", file=path) from error
        except Exception as error:
            raise FormatError("not a person's model", file=path, found=f"{type(error).__name__}: {error}",
                              remedy="make it with gaitsmith personalize")  from error  # fmt: skip


def _put(z: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Bytes that depend on the content only (no times of day in the zip)."""
    z.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
