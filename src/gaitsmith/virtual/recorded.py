"""A motion written down: every stream of a virtual walker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gaitsmith.body import inverse_dynamics, net_wrench, places
from gaitsmith.body.dynamics import Wrench
from gaitsmith.body.sensors import virtual_imu
from gaitsmith.body.sites import foot_segment
from gaitsmith.channels import Side, channels
from gaitsmith.events import Kind
from gaitsmith.recording import Events, Note, Recording, Stream
from gaitsmith.streams import StreamKind
from gaitsmith.units import STANDARD_GRAVITY
from gaitsmith.virtual.going import Going
from gaitsmith.virtual.loads import Wish, shared

__all__ = ["recorded"]

Array = npt.NDArray[np.float64]
#: Sagittal moment (N·m/kg, RMS) that may stay with the pelvis without a warning; a tenth of hip moments.
_CLOSED = 0.2


def recorded(going: Going) -> Recording:
    """The recording of a walk or run."""
    motion = going.motion()
    body, weight, times = going.body, going.person.mass * STANDARD_GRAVITY, motion.times
    wishes = {}
    for side in "rl":
        force, centre, _ = going.stance[side]
        centre = centre[going.inside] - np.stack(
            (going.offset + going.belt * times, 0 * times, 0 * times), axis=1
        )
        wishes[side] = Wish(force[going.inside], centre)
    net = net_wrench(motion)
    forces, _ = shared(net, wishes, weight)
    loads = {}
    for side, rows in forces.items():
        moment = np.cross(np.nan_to_num(rows[:, 3:6]), rows[:, :3])
        moment[:, 1] += rows[:, 6]
        segment = foot_segment(body, side)
        assert segment is not None
        loads[segment] = Wrench(rows[:, :3], moment)
    found = inverse_dynamics(motion, loads)
    turns = np.array([c.rotational for c in body.coordinates])
    angles = motion.pose.values * np.where(turns, 180 / np.pi, 1.0) * body.signs
    spots = places(body)
    phases = {f"phase_{s}": 100 * np.mod(t[going.inside], 1.0) for s, t in going.turns.items()}
    phases |= {f"contact_{s}": (going.stance[s][2][going.inside] < 1).astype(float) for s in "rl"}
    facts = {
        "speed": going.pattern.speed, "belt_speed": going.belt,
        "faults": [[f.name, f.side, f.size] for f in going.faults],
    }  # fmt: skip
    streams = {
        "angles": _stream(going.rate,
            "angles", dict(zip(body.canonical.values(), angles.T, strict=True)), facts
        ),
        "points": Stream("points", motion.pose.spots(spots.values()), tuple(spots), rate=going.rate),
        "forces": Stream("forces", np.stack([forces["r"], forces["l"]], axis=1),
                         ("foot_r", "foot_l"), rate=going.rate),
        "moments": _stream(going.rate, "moments", found.moments()),
        "powers": _stream(going.rate, "powers", found.powers()),
        "imu": virtual_imu(motion),
        "phase": _stream(going.rate, "phase", phases),
    }  # fmt: skip
    # What the pelvis' own coordinates would have to be pushed with: a measure of disagreement.
    left = float(np.sqrt(np.mean(np.square(found.moments()["pelvis_tilt_moment"]))))
    notes = [Note("assumption", "virtual walker", "made by gaitsmith; not a measured person")]
    if left > _CLOSED * going.person.mass:
        notes.append(Note(
            "warning", "virtual walker",
            f"the sum of forces is exact, but {left:.0f} N·m (RMS) of the sagittal moment would take a "
            "centre of pressure outside the feet: it is left with the pelvis, and hip moments carry "
            "part of it",
        ))  # fmt: skip
    else:
        notes.append(Note("assumption", "virtual walker",
                          f"forces and motion agree but for {left:.0f} N·m (RMS) of the sagittal moment"))  # fmt: skip
    subject = going.person.subject()
    if going.faults:
        subject = subject.given("virtual", affected_side=going.faults[0].side)
    words = f"{going.person.id}, {going.pattern.speed:.2f} m/s"
    return Recording(subject, streams, _events(going), tuple(notes), words)


def _events(going: Going) -> Events:
    """True strikes and offs inside the recording."""
    end = (going.count - 1) / going.rate
    rows = Events()
    sides: tuple[tuple[str, Side], ...] = (("r", "right"), ("l", "left"))
    for side, word in sides:
        c = going.plan.contacts[side]
        kinds: tuple[tuple[Kind, Array], ...] = (("strike", c.strike), ("off", c.off))
        for kind, at in kinds:
            rows += Events.of(at[(at >= 0) & (at <= end)], word, kind, "virtual")
    return rows


def _stream(
    rate: float, kind: StreamKind, table: dict[str, Array], facts: dict[str, object] | None = None
) -> Stream:
    known = {k: v for k, v in table.items() if kind == "phase" or k in channels()}
    return Stream(kind, np.stack(list(known.values()), axis=1), tuple(known), rate=rate,
                  attrs=facts or {})  # fmt: skip
