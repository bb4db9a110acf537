"""Start-up, reading and analysing, beside the plain library doing the same."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import gaitsmith
from benchmarks.timing import alternately, process
from gaitsmith.recording import Recording, Stream


def walk(seconds: float = 20.0, rate: float = 100.0, seed: int = 0) -> Recording:
    """A recording of the size that laboratories have: 23 coordinates, 40 markers, two plates."""
    from gaitsmith.channels import channels

    rng = np.random.default_rng(seed)
    names = [n for n, c in channels().items() if c.unit in ("deg", "m") and c.joint != "arm"][:23]
    n = int(seconds * rate)
    t = np.arange(n)[:, None] / rate
    angles = 20 + 20 * np.sin(2 * np.pi * t + rng.uniform(0, 6, len(names)))
    points = np.sin(2 * np.pi * t[:, :, None] + rng.uniform(0, 6, (40, 3))) + 1
    forces = np.abs(rng.normal(400, 5, (int(seconds * 1000), 2, 7)))
    return Recording(
        streams={
            "angles": Stream("angles", angles, tuple(names), rate=rate),
            "points": Stream("points", points, tuple(f"M{i:02d}" for i in range(40)), rate=rate),
            "forces": Stream("forces", forces, ("foot_r", "foot_l"), rate=1000.0),
        },
        name="bench",
    )


def rows(folder: Path) -> list[tuple[str, str, float, float]]:
    """What, against what, our seconds, theirs."""
    import pandas as pd

    recording = walk()
    mot, c3d, csv = folder / "a.mot", folder / "a.c3d", folder / "a.csv"
    recording.select("angles").write(mot)
    recording.select("points", "forces").write(c3d)
    recording.select("angles").write(csv)
    header = next(
        i for i, line in enumerate(mot.read_text().splitlines()) if "endheader" in line.lower()
    )
    out = []

    t = alternately(
        {"python": process("-c", "import numpy"), "ours": process("-c", "import gaitsmith")}
    )
    out.append(("import gaitsmith", "import numpy", t["ours"], t["python"]))
    t = alternately({"python": process("-c", "pass"), "ours": process("-m", "gaitsmith", "--help")})
    out.append(("gaitsmith --help", "an empty python", t["ours"], t["python"]))

    reads = {
        "ours": lambda: gaitsmith.read(mot),
        "pandas": lambda: pd.read_csv(mot, sep="\t", skiprows=header + 1),
    }
    try:
        import opensim
    except ImportError:
        pass
    else:
        opensim.Logger.setLevelString("Off")
        reads["opensim"] = lambda: opensim.TimeSeriesTable(str(mot))
    t = alternately(reads)
    out += [("read a 20 s .mot", name, t["ours"], s) for name, s in t.items() if name != "ours"]

    import ezc3d

    t = alternately({"ours": lambda: gaitsmith.read(c3d),
                     "ezc3d": lambda: ezc3d.c3d(str(c3d), extract_forceplat_data=True)})  # fmt: skip
    out.append(("read a 20 s .c3d with plates", "ezc3d", t["ours"], t["ezc3d"]))
    t = alternately({"ours": lambda: gaitsmith.read(csv), "pandas": lambda: pd.read_csv(csv)})
    out.append(("read a 20 s .csv", "pandas", t["ours"], t["pandas"]))

    out += few_strides()

    from gaitsmith.virtual import example

    walker = folder / "walk.gait"
    example(seconds=30.0).save(walker)
    t = alternately({
        "ours": process("-m", "gaitsmith", "analyze", str(walker), "-o", str(folder / "out"), "--force"),
        "python": process("-c", "import numpy, scipy.signal, pandas, matplotlib.figure"),
    }, runs=3)  # fmt: skip
    out.append(
        (
            "gaitsmith analyze, 30 s",
            "importing numpy, scipy, pandas, matplotlib",
            t["ours"],
            t["python"],
        )
    )
    return out


def few_strides() -> list[tuple[str, str, float, float]]:
    """A personal model of five strides and a hundred new ones, beside numpy with the whole covariance."""
    from gaitsmith.models.fewshot.cycles import Cycles
    from gaitsmith.models.fewshot.default import FewShot

    model = FewShot.from_pretrained("fewshot-shank")
    w = model.weights
    rng = np.random.default_rng(0)
    away = rng.standard_normal((5, len(w["basis"]))) * np.sqrt(np.diag(w["person"]))
    data = (w["population"].ravel() + away @ w["basis"]).reshape(5, *model.shape) * w["scale"] + w[
        "level"
    ]
    five = Cycles.of(data, model.labels, model.units)
    me = model.adapt(five)
    basis = w["basis"].astype(float)
    people, strides = (basis.T @ (w[n] @ basis) for n in ("person", "stride"))
    noise = np.diag(w["noise"].astype(float))
    z = data.reshape(5, -1)

    def conditional() -> object:
        inner = people + (strides + noise) / 5
        return people @ np.linalg.solve(inner, np.column_stack([z.mean(axis=0), people]))

    def draw() -> object:
        return rng.multivariate_normal(z.mean(axis=0), strides + noise, 100, method="cholesky")

    t = alternately({"ours": lambda: model.adapt(five), "numpy": conditional,
                     "ours 100": lambda: me.generate(100, seed=0), "numpy 100": draw})  # fmt: skip
    return [
        ("adapt to five strides (at most 50 ms)", "numpy, 600 x 600 conditional", t["ours"], t["numpy"]),
        ("generate 100 strides (at most 100 ms)", "numpy, multivariate_normal", t["ours 100"], t["numpy 100"]),
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        table = rows(Path(folder))
    width = max(len(a) for a, *_ in table)
    print(f"{'what':<{width}}  {'ours':>9}  {'other':>9}  ratio  against")
    for what, against, ours, theirs in table:
        print(
            f"{what:<{width}}  {1e3 * ours:7.1f} ms  {1e3 * theirs:7.1f} ms  {ours / theirs:5.2f}  {against}"
        )


if __name__ == "__main__":
    sys.exit(main())
