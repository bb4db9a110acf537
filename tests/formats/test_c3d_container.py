"""The container: encodings, pointers, counts, and damage."""

from __future__ import annotations

import random
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats import c3d
from gaitsmith.formats.base import Hints, Source
from gaitsmith.formats.c3d_container import decode

from .c3d_files import C3D, ENCODINGS, plate_parameters, walker

POINTS, LABELS = walker(12)


def read(data: bytes, **hints: object) -> object:
    return c3d.read(Source("x.c3d", data, ".c3d"), Hints(**hints))  # type: ignore[arg-type]


@pytest.mark.parametrize(("processor", "real"), ENCODINGS)
def test_every_encoding_reads_the_same(processor: str, real: bool) -> None:
    analog = np.arange(12 * 2 * 3).reshape(24, 3)
    file = C3D(POINTS, analog=analog, per_frame=2, first=480, rate=69.5, processor=processor,  # type: ignore[arg-type]
               real=real, labels=LABELS, scale=0.05,
               parameters=[("ANALOG", "SCALE", "float", (3,), [0.5, -2.0, 1.0]),
                           ("ANALOG", "OFFSET", "int", (3,), [1, 0, -4]),
                           ("ANALOG", "GEN_SCALE", "float", (), [2.0])])  # fmt: skip
    box = decode(file.build())
    assert (box.processor, box.real) == (processor, real)
    assert (box.rate, box.first_frame, box.samples_per_frame) == (69.5, 480, 2)
    assert np.abs(box.points - POINTS).max() <= (1e-3 if real else 0.0251)
    expected = (analog - [1, 0, -4]) * [0.5, -2.0, 1.0] * 2.0
    assert np.array_equal(box.analog, expected)
    assert box.text("POINT", "LABELS") == LABELS


def test_unsigned_samples() -> None:
    raw = np.array([[0], [32768], [65535]])
    file = C3D(POINTS[:3], analog=raw, real=False,
               parameters=[("ANALOG", "FORMAT", "text", (8,), ["UNSIGNED"]),
                           ("ANALOG", "OFFSET", "int", (1,), [-32768])])  # fmt: skip
    assert decode(file.build()).analog[:, 0].tolist() == [-32768, 0, 32767]


def test_header_is_believed_over_used() -> None:
    file = C3D(POINTS, analog=np.ones((12, 6)), parameters=[("ANALOG", "USED", "int", (), [0])])
    box = decode(file.build())
    assert box.analog.shape == (12, 6)
    assert any("ANALOG:USED" in place for place, _ in box.odd)


def test_rates_that_contradict_are_said() -> None:
    box = decode(
        C3D(POINTS, rate=100.0, parameters=[("POINT", "RATE", "float", (), [120.0])]).build()
    )
    assert box.rate == 120.0
    assert any("POINT:RATE" in place for place, _ in box.odd)


def test_channels_of_no_plate_are_said_to_be_left_out() -> None:
    recording = read(C3D(POINTS, labels=LABELS, analog=np.ones((12, 2)),
                         parameters=[("ANALOG", "LABELS", "text", (6, 2), ["EMG_TA", ""])]).build())  # fmt: skip
    assert any("EMG_TA, channel 2" in n.words for n in recording.notes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("last", [65535, 70000 & 0xFFFF])
@pytest.mark.parametrize("name", ["LONG_FRAMES", "FRAMES", "ACTUAL"])
def test_more_frames_than_the_header_can_count(last: int, name: str) -> None:
    rows: list[Any] = [
        ("POINT", "FRAMES", "int", (), [70000 & 0xFFFF]),
        ("POINT", name, "float", (), [70000.0]),
    ]
    if name == "ACTUAL":
        rows = [("TRIAL", "ACTUAL_START_FIELD", "int", (2,), [1, 0]),
                ("TRIAL", "ACTUAL_END_FIELD", "int", (2,), [70000 & 0xFFFF, 1])]  # fmt: skip
    data = C3D(np.full((70000, 1, 3), 5.0), parameters=rows, head={5: last}).build()
    assert len(decode(data).points) == 70000


def test_more_than_255_labels_continue_in_labels2() -> None:
    names = [f"P{i}" for i in range(300)]
    points = np.ones((2, 300, 3))
    file = C3D(points, parameters=[("POINT", "LABELS", "text", (5, 255), names[:255]),
                                   ("POINT", "LABELS2", "text", (5, 45), names[255:])])  # fmt: skip
    assert decode(file.build()).text("POINT", "LABELS") == names


def test_last_of_repeated_parameters_counts() -> None:
    file = C3D(POINTS, parameters=[("PROCESSING", "BODYMASS", "float", (1,), [66.5]),
                                   ("PROCESSING", "BODYMASS", "float", (1,), [0.0])])  # fmt: skip
    box = decode(file.build())
    assert box.number("PROCESSING", "BODYMASS") == 0
    assert any("BODYMASS" in words for _, words in box.odd)


def test_excerpt_that_ends_with_a_frame_is_read_with_a_warning() -> None:
    data = C3D(POINTS, parameters=[("POINT", "FRAMES", "int", (), [500])], head={5: 500}).build()
    box = decode(data)
    assert len(box.points) == 12
    assert any("500 frames" in words for _, words in box.odd)


def _counted(box: Any) -> str:
    return " ".join(words for place, words in box.odd if place == "frames")


def test_frames_that_the_header_claims_and_the_file_lacks_are_said() -> None:
    # With padding to the block behind them, as most programs write it.
    data = C3D(POINTS, parameters=[("POINT", "FRAMES", "int", (), [12])], head={5: 500}).build()
    data += bytes(-len(data) % 512)
    box = decode(data)
    assert len(box.points) == 12
    assert "claims 500 frames" in _counted(box)
    assert "12 were read" in _counted(box)
    recording = read(data)
    assert any("claims 500 frames" in n.words for n in recording.notes)  # type: ignore[attr-defined]


def test_zeros_that_fill_the_last_block_are_no_frames() -> None:
    record = 16 * POINTS.shape[1]
    whole = C3D(POINTS).build()
    padded = whole + bytes(2 * record)
    more = bytearray(padded)
    more[8:10] = (14).to_bytes(2, "little")
    assert record < 512
    box = decode(bytes(more))
    many = min(2, (512 - 1) // record)
    assert len(box.points) == 14 - many
    assert f"last {many} are zeros" in _counted(box)
    assert _counted(decode(padded)) == ""
    assert _counted(decode(whole)) == ""


def test_counts_that_contradict_are_said_where_both_have_room() -> None:
    box = decode(C3D(POINTS, parameters=[("POINT", "FRAMES", "int", (), [9])]).build())
    assert len(box.points) == 12
    assert "POINT:FRAMES 9; the header was believed" in _counted(box)


def test_a_cut_file_is_refused() -> None:
    with pytest.raises(FormatError, match="ends before its data") as caught:
        decode(C3D(POINTS).build()[:-7])
    assert caught.value.found == "11 of 12 frames"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({0: 0}, "pointer to the parameters"),
        ({0: 200}, "pointer to the parameters"),
        ({1: 0x51}, "not a C3D file"),
        ({515: 12}, "unknown processor"),
        ({16: 255, 17: 255}, "pointer to the data"),
        ({12: 0, 13: 0, 14: 0, 15: 0}, "scale"),
        ({6: 200, 7: 0}, "no frames"),
        ({2: 0, 3: 0}, "no frames"),
        ({4: 7, 5: 0, 18: 2, 19: 0}, "do not divide"),
        ({2: 255, 3: 255, 8: 255, 9: 255}, "ends before its data"),
    ],
)
def test_damage_is_named(change: dict[int, int], words: str) -> None:
    data = bytearray(C3D(POINTS).build())
    for at, value in change.items():
        data[at] = value
    with pytest.raises(FormatError, match=words) as caught:
        decode(bytes(data))
    assert caught.value.place


def test_claims_of_gigabytes_allocate_nothing() -> None:
    data = bytearray(C3D(POINTS).build())
    data[2:6] = b"\xff\xff\xff\xff"
    data[8:10] = b"\xff\xff"
    tracemalloc.start()
    with pytest.raises(FormatError):
        decode(bytes(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def _files() -> list[bytes]:
    rng = np.random.default_rng(3)
    corners = [[600, 400, 0], [0, 400, 0], [0, 0, 0], [600, 0, 0]]
    extra = [
        *plate_parameters(2, corners, [0, 0, -30], [1, 2, 3, 4, 5, 6]),
        ("EVENT", "USED", "int", (), [2]), ("EVENT", "LABELS", "text", (11, 2), ["Foot Strike", "Foot Off"]),
        ("EVENT", "CONTEXTS", "text", (5, 2), ["Left", "Right"]),
        ("EVENT", "TIMES", "float", (2, 2), [[0, 0.02], [0, 0.05]]),
        ("POINT", "ANGLES", "text", (10, 1), ["LHipAngles"]),
        ("PROCESSING", "BODYMASS", "float", (1,), [70.0]),
    ]  # fmt: skip
    points = np.concatenate((POINTS, rng.normal(0, 20, (12, 1, 3))), axis=1)
    return [
        C3D(points, analog=rng.integers(-900, 900, (24, 6)), per_frame=2, processor=p, real=r,  # type: ignore[arg-type]
            labels=[*LABELS, "LHipAngles"], parameters=list(extra)).build()
        for p, r in ENCODINGS
    ]  # fmt: skip


FILES = _files()


def test_no_number_anywhere_in_the_parameters() -> None:
    for bad in (np.nan, np.inf, -np.inf, 1e38, -1e38):
        rows: list[Any] = [
            ("POINT", "FRAMES", "float", (), [bad]), ("POINT", "RATE", "float", (), [bad]),
            ("POINT", "DATA_START", "float", (), [bad]), ("TRIAL", "ACTUAL_START_FIELD", "float", (2,), [bad, bad]),
            ("TRIAL", "ACTUAL_END_FIELD", "float", (2,), [bad, bad]), ("EVENT", "USED", "float", (), [bad]),
            ("EVENT", "TIMES", "float", (2, 1), [bad, bad]), ("EVENT", "LABELS", "text", (3, 1), ["LHS"]),
            ("FORCE_PLATFORM", "USED", "float", (), [bad]), ("FORCE_PLATFORM", "TYPE", "float", (1,), [bad]),
            ("FORCE_PLATFORM", "CORNERS", "float", (3, 4, 1), [bad] * 12),
            ("FORCE_PLATFORM", "CHANNEL", "float", (6, 1), [bad] * 6),
            ("FORCE_PLATFORM", "ORIGIN", "float", (3, 1), [bad] * 3), ("PROCESSING", "BODYMASS", "float", (), [bad]),
            ("ANALOG", "SCALE", "float", (6,), [bad] * 6), ("ANALOG", "OFFSET", "float", (6,), [bad] * 6),
            ("ANALOG", "GEN_SCALE", "float", (), [bad]), ("SUBJECT", "AGE", "float", (), [bad]),
        ]  # fmt: skip
        for n in range(len(rows)):
            for some in (rows[n : n + 1], rows[: n + 1], rows[n:]):
                _survives(
                    C3D(
                        POINTS, analog=np.ones((12, 6)), labels=LABELS, parameters=list(some)
                    ).build()
                )
        _survives(C3D(POINTS, analog=np.full((12, 6), bad), labels=LABELS, rate=bad).build())
        _survives(C3D(np.full((12, 8, 3), bad), labels=LABELS, scale=bad).build())


def _survives(data: bytes) -> None:
    """Only a GaitsmithError may escape, within seconds."""
    began = time.perf_counter()
    try:
        recording = read(data)
    except GaitsmithError as error:
        assert str(error)
    else:
        assert len(recording.streams) > 0  # type: ignore[attr-defined]
    assert time.perf_counter() - began < 3


@given(
    which=st.integers(0, 5),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=24),
    cut=st.one_of(st.none(), st.floats(0, 1)),
)
def test_damaged_bytes_never_crash(
    which: int, changes: list[tuple[float, int]], cut: float | None
) -> None:
    data = bytearray(FILES[which])
    for where, value in changes:
        # Squared, so that the header and the parameters get most of it.
        data[int(where**2 * (len(data) - 1))] = value
    _survives(bytes(data if cut is None else data[: int(cut * len(data))]))


def test_many_damaged_files() -> None:
    rng = random.Random(5)
    words = [
        b"\xff\xff\xff\xff",
        b"\0\0\xc0\x7f",
        b"\0\0\x80\x7f",
        b"\xff\x7f\xff\x7f",
        b"\0\0\0\0",
        b"\xa1\xff\x80\x7f",
    ]
    for _ in range(1500):
        data = bytearray(rng.choice(FILES))
        for _ in range(rng.choice((1, 2, 8, 32))):
            at = rng.randrange(rng.choice((512, 3000, len(data))))
            at = min(at, len(data) - 4)
            if rng.random() < 0.3:
                data[at : at + 4] = rng.choice(words)
            else:
                data[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        if rng.random() < 0.1:
            at = rng.randrange(len(data))
            del data[at : at + rng.randrange(600)]
        _survives(bytes(data))


def test_every_prefix_of_the_front_is_refused_or_read() -> None:
    data = FILES[0]
    for end in [*range(0, 1200, 7), *range(1200, len(data), 211)]:
        with pytest.raises(GaitsmithError):
            read(data[:end])


def test_real_files_damaged(shared: Path) -> None:
    rng = random.Random(9)
    names = ("enc_sgi_int", "enc_dec_real", "bts_type1_walk", "vicon_nexus_pig_static_1frame",
             "plate_type4_pair", "coda_type3_walk")  # fmt: skip
    files = [(shared / "c3d" / f"{n}.c3d").read_bytes() for n in names]
    for _ in range(400):
        data = bytearray(rng.choice(files))
        for _ in range(rng.choice((1, 4, 16))):
            data[rng.randrange(rng.choice((512, 8000, len(data))))] = rng.randrange(256)
        _survives(bytes(data))
