"""Units, files, signals, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith import signals, units
from gaitsmith.errors import GaitsmithError, shown
from gaitsmith.files import replacing, write_text


@pytest.mark.parametrize(
    ("unit", "dimension", "factor"),
    [
        ("g", "acceleration", 9.80665),
        ("m/s^2", "acceleration", 1),
        ("rad/s", "rate", 57.29577951308232),
        ("°/s", "rate", 1),
        (" [mm] ", "length", 0.001),
        ("N·mm", "moment", 0.001),
        ("ms", "time", 0.001),
    ],
)
def test_factor(unit, dimension, factor):
    assert units.factor(unit, dimension) == pytest.approx(factor, rel=1e-12)


def test_a_wrong_unit_names_what_is_allowed():
    with pytest.raises(GaitsmithError, match=r"deg/s.*rad/s"):
        units.factor("m", "rate")


def test_replacing_leaves_nothing_on_error(tmp_path):
    target = tmp_path / "a.txt"
    write_text(target, "old")
    with pytest.raises(KeyboardInterrupt), replacing(target, force=True) as beside:
        beside.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    with pytest.raises(GaitsmithError, match="--force"):
        write_text(target, "new")
    write_text(target, "new", force=True)
    assert target.read_text() == "new"


@given(st.lists(st.booleans(), max_size=40))
def test_gaps_cover_exactly_the_missing(mask):
    rebuilt = np.zeros(len(mask), bool)
    for a, b in signals.gaps(np.array(mask, bool)):
        assert a < b
        rebuilt[a:b] = True
    assert rebuilt.tolist() == mask


def test_lowpass_gain_at_the_cutoff_is_minus_3_db():
    t = np.arange(0, 20, 0.01)
    out = signals.lowpass(np.sin(2 * np.pi * 6 * t)[:, None], 100, 6)[500:-500]
    assert np.max(np.abs(out)) == pytest.approx(1 / np.sqrt(2), abs=0.01)


def test_lowpass_puts_missing_back_and_bridges():
    t = np.arange(0, 4, 0.01)
    x = np.sin(2 * np.pi * t)[:, None]
    x[100:110] = np.nan
    out = signals.lowpass(x, 100, 10)
    assert np.isnan(out[100:110]).all()
    assert np.nanmax(np.abs(out - x)) < 0.05


def test_shown_is_safe_and_short():
    assert shown("a\x1b[31mb\n") == "a\\x1b[31mb\\n"
    assert len(shown("x" * 1000)) == 160
