"""Valid files, damaged at random: a GaitsmithError or a recording, soon and in little memory."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import asfamc, b3d, bvh, opensim_loads, opensim_model, opensim_motion, trc
from gaitsmith.formats.base import Source
from tests.formats import test_skeletons, test_trc
from tests.formats.b3d_bytes import make
from tests.formats.opensim_text import Hints, force_columns, mot, walk
from tests.formats.test_opensim_motion import LAYOUTS
from tests.formats.test_opensim_xml import LOADS, MODEL


def _mot():
    t, columns = walk(0.5)
    force, _ = force_columns(len(t), names=LAYOUTS["sides"][0])
    return mot(t, columns | force | {"knee_angle_r_moment": t}).encode()


FILES = {
    "mot": (opensim_motion, ".mot", _mot()),
    "xml": (opensim_loads, ".xml", LOADS.encode()),
    "osim": (opensim_model, ".osim", MODEL.format(10).encode()),
    "trc": (trc, ".trc", test_trc.text(*test_trc.body(12)).encode()),
    "bvh": (bvh, ".bvh", test_skeletons.legs(test_skeletons.still(8)).encode()),
    "amc": (asfamc, ".amc", test_skeletons.amc().encode()),
    "b3d": (b3d, ".b3d", make(passes=(0, 1))),
}
NUMBERS = (b"0", b"-1", b"1e308", b"nan", b"inf", b"99999999999999999999", b"2147483647", b"", b"x",
           b"1,5", b"\xff\xfe", b"\t", b"{", b"}", b"\n")  # fmt: skip


@st.composite
def damaged(draw, data):
    """`data` with bytes flipped, words replaced, lines deleted or doubled, or cut."""
    for _ in range(draw(st.integers(1, 3))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        how = draw(st.sampled_from(("flip", "word", "drop", "double", "cut", "swap", "shift")))
        if how == "flip":
            data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        elif how == "cut":
            data = data[:at]
        elif how == "shift":
            data = data[:at] + data[at + draw(st.integers(1, 9)) :]
        elif how == "word":
            words = data.split()
            old = words[draw(st.integers(0, len(words) - 1))] if words else b""
            data = data.replace(old, draw(st.sampled_from(NUMBERS)), 1) if old else data
        else:
            lines = data.split(b"\n")
            i, j = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            if how == "drop":
                lines.pop(i)
            elif how == "double":
                lines.insert(j, lines[i])
            else:
                lines[i], lines[j] = lines[j], lines[i]
            data = b"\n".join(lines)
    return data


def check(module, suffix, data, skeleton=None):
    assert 0.0 <= module.sniff(data[: 1 << 16], suffix) <= 1.0
    if not data:
        return
    begin = time.perf_counter()
    try:
        recording = module.read(Source(f"x{suffix}", data, suffix), Hints(skeleton=skeleton))
    except GaitsmithError as error:
        assert error.problem
        assert str(error)
    else:
        for stream in recording.streams.values():
            assert not np.isinf(stream.data).any()
    assert time.perf_counter() - begin < 5.0


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory):
    path = tmp_path_factory.mktemp("asf") / "07.asf"
    path.write_text(test_skeletons.asf())
    return str(path)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=250)
@given(draw=st.data())
def test_damaged_files(name, draw, skeleton):
    module, suffix, data = FILES[name]
    check(module, suffix, draw.draw(damaged(data)), skeleton)


@settings(max_examples=150)
@given(draw=st.data())
def test_damaged_skeletons(draw, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzz.asf"
    path.write_bytes(draw.draw(damaged(test_skeletons.asf().encode())))
    check(asfamc, ".amc", FILES["amc"][2], str(path))


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60)
@given(data=st.binary(max_size=400))
def test_any_bytes(name, data, skeleton):
    module, suffix, valid = FILES[name]
    check(module, suffix, data, skeleton)
    check(module, suffix, valid[:40] + data, skeleton)


def test_claims_take_no_memory():
    """Headers that claim gigabytes are not believed."""
    big = b"99999999999"
    cases = [
        (opensim_motion, ".mot", FILES["mot"][2].replace(b"nRows=51", b"nRows=" + big)),
        (trc, ".trc", FILES["trc"][2].replace(b" 12\t", b" " + big + b"\t")),
        (bvh, ".bvh", FILES["bvh"][2].replace(b"Frames: 8", b"Frames: " + big)),
        # one row of many cells, then many short rows that would be padded to it
        (trc, ".trc", b"PathFileType\nFrame#\tTime\tA\n" + b"1\t0" + b"\t1" * 60000 + b"\n" + b"2\t0\n" * 60000),
    ]  # fmt: skip
    tracemalloc.start()
    try:
        for module, suffix, data in cases:
            check(module, suffix, data)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
