"""What the name of a column means: quantity, sensor or joint, axis, and the unit it may carry.

Understood for sensors: ``left_foot_acc_x``, ``acc_x_foot_r``, ``LF_AccX``, ``RF_acc_x``,
``acc_rf_x``, ``GYRO_y``, KielMAT and motion-BIDS (``pelvis_ACCEL_x``, ``pelvis_ANGVEL_x``,
``pelvis_MAGN_x``), two header rows (``left_sensor`` over ``acc_x``), ``ax … gz``; for forces
``Fx1 … COPx1 … Ty1``, ``FP1_Fz``, OpenSim's names; for joints everything ``channels.find`` knows;
for points triples ``RHEE_x``, ``RHEE:Y``, ``RHEE Z``; and our own ``Stream.columns()``, with
``pressure.toe_r`` or ``angles.my_joint`` where the bare name could not say its kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gaitsmith import channels
from gaitsmith.formats.german import english
from gaitsmith.formats.opensim_forces import find_columns
from gaitsmith.streams import KINDS
from gaitsmith.units import normalise

__all__ = ["Role", "roles", "sensor_label"]

_QUANTITY = {
    "acc": "acc", "accel": "acc", "accelerometer": "acc", "acceleration": "acc", "accread": "acc",
    "gyr": "gyr", "gyro": "gyr", "gyroscope": "gyr", "angvel": "gyr", "angularvelocity": "gyr",
    "angularrate": "gyr", "turnrate": "gyr", "rotationrate": "gyr", "omega": "gyr",
    "mag": "mag", "magn": "mag", "magnetometer": "mag", "magneticfield": "mag",
    "freeacc": "lin", "linacc": "lin", "useracceleration": "lin", "linearacceleration": "lin",
    "useracc": "lin", "linaccel": "lin",
}  # fmt: skip
_SHORT = {"a": "acc", "g": "gyr", "m": "mag", "w": "gyr"}
_LONGEST = sorted(_QUANTITY, key=len, reverse=True)
_COUNTERS = {
    "frame", "frames", "frameno", "framenumber", "sample", "samples", "samplenumber", "index", "idx",
    "packetcounter", "packet", "counter", "count", "row", "n", "nr", "no", "sensoraxis", "subframe",
    "unnamed0", "packetnumber", "framecount",
}  # fmt: skip
_TIMES = {
    "time", "times", "t", "timestamp", "timestamps", "elapsed", "elapsedtime", "zeit", "temps",
    "sampletime", "sampletimefine", "unixtime", "unixtimestamp", "epoch", "datetime", "date",
    "utc", "timesec", "timems", "tempo", "loggingtime", "relativetime", "systemtime",
    "ts", "tstamp", "zeitstempel", "messzeit", "uhrzeit", "datum", "sekunden", "seconds", "tiempo",
}  # fmt: skip
_UNIT_TAILS = {"ms2": "m/s2", "mps2": "m/s2", "dps": "deg/s", "degs": "deg/s", "rads": "rad/s",
               "radps": "rad/s", "mg": "mg", "deg": "deg", "rad": "rad", "mm": "mm", "ms": "ms",
               "us": "us", "sec": "s"}  # fmt: skip
_BODY = (
    (r"foot|feet|shoe|instep|toe|forefoot|dorsum", "foot"), (r"shank|shin|tibia|lowerleg|calf|ankle", "shank"),
    (r"thigh|femur|upperleg", "thigh"), (r"wrist|forearm|hand|lowerarm", "wrist"),
)  # fmt: skip
_MIDDLE = (
    (r"lowerback|lowback|lumbar|l5|l4|back|lb", "lower_back"),
    (r"pelvis|sacrum|hips?|waist|belt|centreofmass", "pelvis"),
    (r"chest|sternum|trunk|thorax|upperback|torso", "chest"), (r"head|forehead", "head"),
)  # fmt: skip
# Words beside a quantity that name no place (Shimmer's LN and WR are its two accelerometers).
_NOISE = frozenset(("read", "data", "raw", "cal", "calibrated", "uncal", "ln", "wr"))
_CODES = {"f": "foot", "s": "shank", "t": "thigh", "w": "wrist"}


@dataclass(frozen=True)
class Role:
    """What a column is.

    Attributes
    ----------
    kind
        ``"time"``, ``"counter"``, a kind of stream, or ``""`` where it is not known.
    label
        Sensor, plate, joint or marker, as the file calls it.
    axis
        ``"acc_x"``, ``"lin_x"`` (acceleration without gravity), ``"vx"`` / ``"px"`` / ``"mx"``
        of a plate, ``"x"`` of a point, our own ``"fx"``…
    unit
        Unit that the name itself carries, or "".
    """

    kind: str
    label: str = ""
    axis: str = ""
    unit: str = ""


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _without_unit(name: str) -> tuple[str, str]:
    """The name without a unit at its end, and the unit's name."""
    match = re.fullmatch(r"(.*?)\s*[\[(]([^\])]*)[\])]\s*", name)
    if match and normalise(match[2]):
        return match[1].strip(" _"), normalise(match[2]) or ""
    match = re.fullmatch(r"(.+?)[_ \-.]([A-Za-z/²^0-9]+)", name)
    if match and match[2].lower() in _UNIT_TAILS:
        return match[1], _UNIT_TAILS[match[2].lower()]
    return name, ""


def _tokens(name: str) -> list[str]:
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    text = re.sub(r"([A-Z]{2,})([A-Z][a-z])", r"\1 \2", text)
    return [t for t in re.split(r"[^A-Za-z0-9]+", text) if t]


def _imu(name: str, short: bool) -> Role | None:
    """The role of a sensor's channel, or None; `short` admits ``ax`` and ``gz``."""
    tokens = _tokens(name)
    low = [t.lower() for t in tokens]
    axis = quantity = None
    rest: list[str] = []
    i = 0
    while i < len(low):
        word, used = low[i], 1
        if quantity is None:
            pair = word + (low[i + 1] if i + 1 < len(low) else "")
            if len(low) > i + 1 and pair in _QUANTITY:
                quantity, used = _QUANTITY[pair], 2
            elif word in _QUANTITY:
                quantity = _QUANTITY[word]
            else:
                glued = next(
                    (q for q in _LONGEST if re.fullmatch(q + r"[xyz]", word)
                     and (len(q) > 2 or short)), None
                )  # fmt: skip
                if glued:
                    quantity, axis = _QUANTITY[glued], word[-1]
                elif short and (match := re.fullmatch(r"([agmw])([xyz])", word)):
                    quantity, axis = _SHORT[match[1]], match[2]
                else:
                    used = 0
            if used:
                i += used
                continue
        if axis is None and re.fullmatch(r"[xyz]", word):
            axis = word
        elif axis is None and quantity and re.fullmatch(r"[xyz]\d+", word):
            axis, rest = word[0], [*rest, word[1:]]
        else:
            rest.append(tokens[i])
        i += 1
    if quantity is None or axis is None:
        return None
    rest = [r for r in rest if r.lower() not in _NOISE]
    # A corrected or high-rate twin of a channel, or an angular acceleration, is another thing.
    if any(r.lower() in ("hr", "inc", "bias", "std", "filtered", "angular", "ang") for r in rest):
        return Role("", name)
    return Role("imu", "_".join(rest), f"{quantity}_{axis}")


_FORCE = re.compile(
    r"(?:(?P<lead>.*?)[_ .:\-])?(?P<what>cop|f|force|grf|m|t|moment|torque|p)[_ .]?(?P<axis>[xyz])"
    r"[_ .\-]?(?P<tail>\d+|[lr]|left|right|foot_[lr])?",
    re.I,
)
_OWN = re.compile(r"(?P<label>.+)_(?P<axis>f[xyz]|p[xyz]|ty)")


def _plate(words: str) -> str:
    word = _key(words)
    side = re.fullmatch(r"(?:foot|fp|plate|grf|force)?(l|r|left|right)(?:foot|plate|leg)?", word)
    if side:
        return f"foot_{side[1][0]}"
    number = re.search(r"(\d+)$", word)
    return f"plate_{int(number[1])}" if number else "plate_1" if not word else words


def _force(name: str) -> Role | None:
    own = _OWN.fullmatch(name)
    if own and re.fullmatch(r"(foot_[lr]|plate_\d+|plate|total)(_\d+)?", own["label"]):
        return Role("forces", own["label"], own["axis"])
    match = _FORCE.fullmatch(name)
    if match is None:
        return None
    what = match["what"].lower()
    letter = {"cop": "p", "p": "p", "f": "v", "force": "v", "grf": "v"}.get(what, "m")
    place = "_".join(p for p in (match["lead"], match["tail"]) if p)
    if what == "p" and not place:
        return None
    return Role("forces", _plate(place), letter + match["axis"].lower())


def _prefixed(name: str) -> Role | None:
    """Our own ``kind.label``, and its unit in brackets."""
    match = re.fullmatch(r"(.+) \[([^\]]+)\]", name)
    if match and normalise(match[2]):
        own = _prefixed(match[1])
        return replace(own, unit=normalise(match[2]) or "") if own else None
    kind, dot, label = name.partition(".")
    if not dot or kind not in KINDS or not label:
        return None
    if kind in ("points", "forces", "imu"):
        sizes = {"points": 1, "imu": 2, "forces": 1}
        parts = label.rsplit("_", sizes[kind])
        if len(parts) != sizes[kind] + 1:
            return None
        return Role(kind, parts[0], "_".join(parts[1:]))
    return Role(kind, label)


def _one(name: str, short: bool) -> Role:
    own = _prefixed(name)
    if own:
        return own
    bare, unit = _without_unit(english(name))
    key = _key(bare)
    if not key or key in _COUNTERS or re.fullmatch(r"unnamed\d*(level\d*)?", key):
        return Role("counter", name)
    if key in _TIMES or re.fullmatch(r"(time|timestamp|exttime)(\d+|.*_[lr])?", bare.lower()):
        # Xsens counts its fine sample time in ticks of 0.1 ms.
        return Role("time", bare, "fine" if key == "sampletimefine" else "", unit)
    if match := re.fullmatch(r"(?i)time_(s|ns)", bare):
        return Role("time", "time", "", match[1].lower())
    if bare.lower() == "x" and unit in ("s", "ms"):  # Delsys calls the axis of time X
        return Role("time", bare, "", unit)
    if re.fullmatch(r"(?i).*timestamp(_unix)?(_cal)?|time_\w+", bare):
        return Role("time", bare, "", unit)
    row = channels.find(bare)
    if row is not None and row.name not in ("pelvis_tx", "pelvis_ty", "pelvis_tz"):
        kind = (
            "moments" if row.name.endswith(("_moment", "_force"))
            else "powers" if row.name.endswith("_power") else "angles"
        )  # fmt: skip
        return Role(kind, row.name, "", unit)
    if row is not None:
        return Role("angles", row.name, "", unit)
    imu = _imu(bare, short)
    if imu is not None:
        return replace(imu, unit=unit) if imu.kind else imu
    force = _force(bare)
    if force is not None:
        return replace(force, unit=unit)
    return Role("", name, "", unit)


def roles(names: Sequence[str], units: Mapping[int, str] | None = None) -> list[Role]:
    """The role of each column.

    `units` are those that a row of the header gives, by column number; they win over none.
    """
    keys = {_key(_without_unit(english(n))[0]) for n in names}
    short = {"ax", "ay", "az"} <= {k[-2:] for k in keys} or {"gx", "gy", "gz"} <= {
        k[-2:] for k in keys
    }
    found = [_one(n, short) for n in names]
    opensim, _ = find_columns(list(names))
    for plate in opensim:
        if len(plate.at) >= 3:
            for axis, i in plate.at.items():
                if found[i].kind in ("", "forces") and "ground" in names[i].lower():
                    found[i] = Role("forces", plate.label, axis)
    pushed = {r.label for r in found if r.kind == "forces" and r.axis[0] in "vf"}
    found = [
        Role("", n) if r.kind == "forces" and r.label not in pushed and "." not in n else r
        for n, r in zip(names, found, strict=True)
    ]
    found = _points(names, found)
    for i, unit in (units or {}).items():
        if i < len(found) and not found[i].unit:
            found[i] = replace(found[i], unit=unit)
    return found


def _points(names: Sequence[str], found: list[Role]) -> list[Role]:
    """Triples of otherwise unknown names that end in x, y and z are points."""
    groups: dict[str, dict[str, int]] = {}
    for i, name in enumerate(names):
        bare, _ = _without_unit(name)
        match = re.fullmatch(r"(.+?)[_ .:\-]*([xyzXYZ])", bare)
        if match and found[i].kind in ("", "forces") and found[i].axis not in ("acc_x",):
            groups.setdefault(match[1], {})[match[2].lower()] = i
    out = list(found)
    for label, at in groups.items():
        # A force plate has at least a force; points that look like plates (F, M, COP) stay forces.
        if len(at) == 3 and all(found[i].kind == "" for i in at.values()):
            for axis, i in at.items():
                out[i] = Role("points", label, axis, _without_unit(names[i])[1])
    return out


def sensor_label(name: str, hints: Mapping[str, str], only: bool) -> tuple[str, bool]:
    """The place on the body that a sensor's name means, and whether it is known.

    `hints` is ``Hints.placement``: by the file's name of the sensor first, then by the place that this
    name tells; its ``"*"`` names the only sensor.
    """
    for given in (name, name.lower()):
        if given in hints:
            return hints[given], True
    if only and "*" in hints:
        return hints["*"], True
    place, known = _told(name)
    return (hints[place], True) if known and place in hints else (place, known)


def _told(name: str) -> tuple[str, bool]:
    """The place that a sensor's name tells, and whether it does."""
    key = _key(name)
    for pattern, place in _MIDDLE:
        if re.fullmatch(rf"({pattern})(sensor|imu)?", key):
            return place, True
    side = None
    match = re.fullmatch(r"(left|right|[lr])(.*?)(sensor|imu)?", key) or None
    rest = key
    if match:
        side, rest = match[1][0], match[2]
    elif match := re.fullmatch(r"(.*?)(sensor|imu)?(left|right|[lr])(sensor|imu)?", key):
        side, rest = match[3][0], match[1]
    if side:
        for pattern, place in _BODY:
            if re.fullmatch(pattern, rest):
                return f"{place}_{side}", True
        if rest in _CODES:
            return f"{_CODES[rest]}_{side}", True
    return name, False
