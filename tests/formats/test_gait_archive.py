"""gaitsmith's own file through the front door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitsmith
from gaitsmith.errors import FormatError
from gaitsmith.virtual import example
from tests.makers import recordings


@given(recordings())
def test_round_trip_of_any_recording(tmp_path_factory, recording):
    path = tmp_path_factory.mktemp("gait") / "a.gait"
    recording.write(path)
    assert gaitsmith.read(path) == recording


def test_it_is_known_by_its_content(tmp_path):
    walk = example(seconds=2.0)
    walk.write(tmp_path / "a.gait")
    (tmp_path / "a.gait").rename(tmp_path / "a.bin")
    assert gaitsmith.read(tmp_path / "a.bin") == walk


@given(st.data())
def test_damaged_files_are_refused_or_whole(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("gait") / "a.gait"
    example(seconds=2.0).select("angles").write(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(46, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(60, len(content)))])
    try:
        assert gaitsmith.read(path).angles is not None
    except FormatError as error:
        assert "a.gait" in str(error)


def test_it_names_what_it_is_not(tmp_path):
    path = tmp_path / "a.gait"
    path.write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(FormatError):
        gaitsmith.read(path)
