"""Files that are whole pass the walk; contradictions are found before scipy meets them."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from scipy.io import savemat
from scipy.sparse import csc_array

from gaitsmith.datasets.matlab import loaded
from gaitsmith.errors import FormatError
from gaitsmith.formats.mat5 import MisfitError, check


def saved(compressed=False):
    cells = np.empty((2, 2), dtype=object)
    cells[:] = [["ab", 1.0], [np.eye(3), {"deep": [1, 2]}]]
    content = {
        "s": {"name": "x", "data": np.arange(6.0).reshape(2, 3), "empty": np.zeros((0, 3))},
        "c": cells, "z": np.array([1 + 2j, 3]), "t": "text, ü", "n": np.uint8([1, 2]),
        "sp": csc_array(np.diag([1.0, 2.0])), "b": np.array([True, False]),
        "list": [{"a": 1}, {"a": 2}],
    }  # fmt: skip
    out = io.BytesIO()
    savemat(out, content, do_compression=compressed)
    return out.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_whole_files_pass(compressed):
    check(saved(compressed))


def test_real_files_pass(shared):
    with tarfile.open(shared / "lencioni2019" / "lencioni2019_dev.tar") as tf:
        for member in [m for m in tf if m.name in ("Subject3.mat", "Subject40.mat")]:
            check(tf.extractfile(member).read())
    check((shared / "slijepcevic2021_grf" / "slijepcevic2021_grf_dev.mat").read_bytes())
    with zipfile.ZipFile(shared / "mobgap_example" / "mobgap_example_dev.zip") as zf:
        for name in [n for n in zf.namelist() if n.endswith(".mat")]:
            check(zf.read(name))


@pytest.mark.parametrize("compressed", [False, True])
def test_cut_anywhere(compressed):
    whole, taken = saved(compressed), []
    ends = range(129, len(whole) - 8, 9)
    for end in ends:
        try:
            check(whole[:end])
            taken.append(end)
        except MisfitError:
            pass
    # A file cut between two of its eight variables (or in their padding) is whole.
    assert len(taken) <= 16 and len(taken) < len(ends) / 3


def test_a_count_that_lies():
    out = io.BytesIO()
    savemat(out, {"x": np.arange(6.0).reshape(2, 3)})
    raw = bytearray(out.getvalue())
    # Header 128, tag 8, flags 16, then the tag of the dimensions and its two numbers.
    at = 128 + 8 + 16 + 8
    assert int.from_bytes(raw[at : at + 4], "little") == 2
    raw[at : at + 4] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(MisfitError, match="holds 6"):
        check(bytes(raw))


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "x.mat"
    path.write_bytes(saved()[:400])
    with pytest.raises(FormatError, match="cannot be read"):
        loaded(path, "x.mat")
