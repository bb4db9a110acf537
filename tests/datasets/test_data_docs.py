"""docs/data.md: its example runs, its tables are those of the registry and of the counts."""

import re
from pathlib import Path

import pytest

from gaitsmith.datasets.registry import NAMES, catalogue
from tests.datasets.test_shared_sets import COUNTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text("utf-8")


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    exec(compile(code, "docs/data.md", "exec"), {})
    assert "mine/p0-walk" in capsys.readouterr().out


def test_tables_name_every_set_and_its_class():
    rows = {
        m[1]: m
        for m in re.finditer(r"^\| (\w+) \| (.*?) \| (.*?) \| (yes|card|no) \|$", PAGE, re.M)
    }
    assert list(rows) == list(COUNTS)
    for name, row in rows.items():
        assert row[4] == catalogue()[name].derived, name
    further = re.findall(
        r"^\| (\w+) \| [^|]+ \| [^|]+ \| [^|]+ \|$", PAGE.split("Further sets")[1], re.M
    )
    assert set(further) - {"set"} == set(NAMES) - set(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_of_people(name):
    cell = re.search(rf"^\| {name} \| (\d+)(?: and (\d+) patient)?", PAGE, re.M)
    people = int(cell[1]) + int(cell[2] or 0)
    # One person of the c3d files is in the one that cannot be read.
    assert people == COUNTS[name][1] - (name == "c3d")
