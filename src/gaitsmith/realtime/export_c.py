"""A phase model as one C header and one source: C99, static memory, no dependencies but libm.

The network runs as in :mod:`gaitsmith.realtime.network` (one column a tick), with the state
machine, the bridging of lost samples, the confidence and, for a device that is not at 100 Hz, the
resampler of :mod:`gaitsmith.realtime`. Packet clocks, and finding a mounting from walking, stay
with the host: ``gs_phase_lost`` takes the count of lost packets, ``gs_phase_mount`` and
``gs_phase_level`` the mounting.

Weights are float32 in the order kernel tap, input, output, so that compilers vectorise over the
outputs without being allowed to reorder sums.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gaitsmith.errors import GaitsmithError
from gaitsmith.files import write_text
from gaitsmith.models.phase.model import PhaseModel
from gaitsmith.realtime.resampler import MODEL_HZ, PHASES, weights

__all__ = ["Source", "write_c"]

Array = npt.NDArray[Any]

_SILENT_S = 0.25


@dataclass(frozen=True)
class Source:
    """What was written.

    Attributes
    ----------
    header, source
        The files.
    weight_bytes
        Constants (flash).
    state_bytes
        One foot's memory (RAM), of 4-byte floats and integers.
    """

    header: Path
    source: Path
    weight_bytes: int
    state_bytes: int


def write_c(
    model: PhaseModel, folder: str | os.PathLike[str], *, rate_hz: float = 100.0,
    name: str = "gs_phase", force: bool = False,
) -> Source:  # fmt: skip
    """Write ``gs_phase.h`` and ``gs_phase.c``.

    Parameters
    ----------
    model
        With a network ``tcn`` or ``dense``.
    rate_hz
        Of the device, 50 to 400: other than 100 brings the resampler along.

    Raises
    ------
    GaitsmithError
        Where the model has no weights or another network, or a file exists.
    """
    config = model.config
    if not model.trained:
        raise GaitsmithError("the phase model has no weights", place=model.NAME)
    if config.network not in ("tcn", "dense"):
        raise GaitsmithError("this network has no C form", place="export phase",
                             found=config.network, expected="tcn or dense")  # fmt: skip
    parts = _tcn(model) if config.network == "tcn" else _dense(model)
    table, half = weights(rate_hz)
    taps = table.shape[1]
    if taps > 1:
        rows = ",\n".join("{" + _numbers(row) + "}" for row in table)
        parts.arrays.append(
            f"static const float gs_taps[GS_PHASE_PHASES + 1][GS_PHASE_TAPS] = {{\n{rows}}};"
        )
        parts.floats += table.size
    silent = max(1, round(_SILENT_S * rate_hz))
    delay = (half + (1.0 if taps > 1 else 0.0)) / rate_hz + config.lookahead / MODEL_HZ
    defines = {
        "GS_PHASE_RATE_HZ": _number(rate_hz), "GS_PHASE_DELAY_S": _number(delay),
        "GS_PHASE_INPUTS": len(config.columns), "GS_PHASE_FIRST": config.columns[0],
        "GS_PHASE_HISTORY": parts.history, "GS_PHASE_RINGS": parts.rings, "GS_PHASE_TAPS": taps,
        "GS_PHASE_PHASES": PHASES, "GS_PHASE_HALF": f"{round(half * 100_000)}L",
        "GS_PHASE_STEP": f"{round(rate_hz * 1000)}L", "GS_PHASE_SILENT": silent,
        "GS_PHASE_TO_SWING": _number(config.to_swing), "GS_PHASE_TO_STANCE": _number(config.to_stance),
        "GS_PHASE_LEAST_SWING": config.least_swing, "GS_PHASE_LEAST_STANCE": config.least_stance,
        "GS_PHASE_WALK_ON": _number(config.walk_on), "GS_PHASE_WALK_OFF": _number(config.walk_off),
    }  # fmt: skip
    about = _about(model)
    lines = "\n".join(f"#define {k} {v}" for k, v in defines.items())
    header = _template("gs_phase.h").replace("@ABOUT@", about).replace("@DEFINES@", lines)
    source = _template("gs_phase.c").replace("@ABOUT@", about)
    source = source.replace("@WEIGHTS@", "\n".join(parts.arrays))
    source = source.replace("@NETWORK@", _template(f"{config.network}.c"))
    source = source.replace('#include "gs_phase.h"', f'#include "{name}.h"')
    out = Path(folder)
    write_text(out / f"{name}.h", header, force=force)
    write_text(out / f"{name}.c", source, force=force)
    state = parts.history + parts.rings + 9 + 6 + 7 + 1 + (taps * 6 + 4 if taps > 1 else 0)
    return Source(out / f"{name}.h", out / f"{name}.c", 4 * parts.floats, 4 * state)


@dataclass
class _Parts:
    """Arrays as C text, how many numbers they hold, and the size of the network's memory."""

    arrays: list[str]
    floats: int
    history: int
    rings: int

    def put(self, name: str, values: Array) -> str:
        flat = np.asarray(values, np.float32).reshape(-1)
        self.arrays.append(f"static const float {name}[{flat.size}] = {{\n{_numbers(flat)}}};")
        self.floats += flat.size
        return name


def _common(model: PhaseModel) -> _Parts:
    parts = _Parts([], 0, 0, 0)
    parts.put("gs_shift", model.weights["input.shift"])
    parts.put("gs_scale", model.weights["input.scale"])
    parts.put("gs_head", model.weights["head.weight"].T)
    parts.put("gs_head_bias", model.weights["head.bias"])
    return parts


def _tcn(model: PhaseModel) -> _Parts:
    config, w, parts = model.config, model.weights, _common(model)
    rows = []
    for b, dilation in enumerate(config.dilations):
        for conv in ("conv1", "conv2"):
            weight = w[f"tcn.{b}.{conv}.weight"]
            name = f"gs_{b}_{conv}"
            parts.put(name, weight.transpose(2, 1, 0))
            parts.put(f"{name}_bias", w[f"tcn.{b}.{conv}.bias"])
            rows.append(f"{{{weight.shape[1]}, {dilation}, {parts.history}, {name}, {name}_bias}}")
            parts.history += (config.kernel - 1) * dilation * weight.shape[1]
    skip = "tcn.0.skip.weight" in w
    if skip:
        parts.put("gs_skip", w["tcn.0.skip.weight"][:, :, 0].T)
        parts.put("gs_skip_bias", w["tcn.0.skip.bias"])
    else:
        parts.arrays.append("static const float gs_skip[1] = {0}, gs_skip_bias[GS_CHANNELS] = {0};")
    parts.arrays[:0] = [
        f"#define GS_CHANNELS {config.channels}\n#define GS_BLOCKS {config.blocks}\n"
        f"#define GS_KERNEL {config.kernel}\n#define GS_SKIP {int(skip)}"
    ]
    parts.arrays.append(
        "typedef struct {\n    int in, dilation, history;\n    const float *weight, *bias;\n} gs_layer;\n"
        f"static const gs_layer gs_layers[{len(rows)}] = {{\n    " + ",\n    ".join(rows) + "};"
    )
    parts.rings = len(rows)
    parts.history = max(1, parts.history)
    return parts


def _dense(model: PhaseModel) -> _Parts:
    config, w, parts = model.config, model.weights, _common(model)
    rows = []
    for i, width in enumerate(config.widths):
        weight = w[f"dense.{i}.weight"]
        parts.put(f"gs_{i}", weight.T)
        parts.put(f"gs_{i}_bias", w[f"dense.{i}.bias"])
        rows.append(f"{{{weight.shape[1]}, {width}, gs_{i}, gs_{i}_bias}}")
    parts.arrays.append(
        f"#define GS_WINDOW {config.window}\n#define GS_LAYERS {len(rows)}\n"
        f"#define GS_WIDEST {max(config.widths)}\n"
        "typedef struct {\n    int in, out;\n    const float *weight, *bias;\n} gs_layer;\n"
        f"static const gs_layer gs_layers[{len(rows)}] = {{\n    " + ",\n    ".join(rows) + "};"
    )
    parts.history, parts.rings = config.window * len(config.columns), 1
    return parts


def _about(model: PhaseModel) -> str:
    from gaitsmith.version import __version__

    card = model.card
    said = (
        f"Written by gaitsmith {__version__}: {model.config.network} network, "
        f"{model.parameters} parameters, digest {model.digest()[:16]}.",
        f"Learnt from: {card.data}", f"Terms: {card.terms or 'none'}",
        *(f"Cite: {x}" for x in card.cite), *(f"Limits: {x}" for x in card.limits),
    )  # fmt: skip
    return "\n * ".join(x.replace("*/", "* /").replace("\n", " ") for x in said)


def _template(name: str) -> str:
    return (resources.files("gaitsmith.realtime") / "c" / f"{name}.in").read_text("utf-8").rstrip()


def _number(value: float) -> str:
    """A float32 as C text that reads back the same."""
    text = f"{np.float32(value):.9g}"
    return text + ("f" if "." in text or "e" in text else ".0f")


def _numbers(values: Array) -> str:
    texts = [_number(v) for v in values]
    return ",\n".join(", ".join(texts[i : i + 12]) for i in range(0, len(texts), 12))
