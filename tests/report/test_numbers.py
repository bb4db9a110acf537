from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.report.numbers import NONE, cell_text, looks_numeric, number_text
from gaitsmith.report.words import headed, readable, slug


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [
        (112.345, "", "112"), (11.26, "", "11.3"), (1.2345, "", "1.23"), (0.0712, "", "0.071"),
        (-3.14159, ".1f", "−3.1"), (0.0, "", "0"), (float("nan"), ".1f", NONE),
        (float("inf"), "", NONE), (1e-7, "", "1.00e−07"), (2.5, "nonsense", "2.50"),
    ],
)  # fmt: skip
def test_numbers(value: float, spec: str, expected: str) -> None:
    assert number_text(value, spec) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, NONE), ("", NONE), (True, "yes"), (np.bool_(False), "no"), (12, "12"), (-4, "−4"),
        (np.float64(1.5), "1.50"), ((1.0, 2.0), "1.00 to 2.00"), (("a", 2), "a, 2"),
        ("-3.1 ± 0.2", "−3.1 ± 0.2"), ("P-017", "P-017"), ("2026-01-02", "2026-01-02"),
    ],
)  # fmt: skip
def test_cells(value: object, expected: str) -> None:
    assert cell_text(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_text_is_the_number(value: float) -> None:
    back = float(number_text(value).replace("−", "-"))
    assert math.isclose(back, value, rel_tol=0.01, abs_tol=5e-4)
    assert looks_numeric(number_text(value))


@given(st.lists(st.text(max_size=80), max_size=12))
def test_slugs_are_safe_and_unlike(names: list[str]) -> None:
    taken: set[str] = set()
    made = [slug(n, taken) for n in names]
    assert len(set(made)) == len(made)
    for name in made:
        assert name.isascii()
        assert name.replace("-", "").replace("_", "").isalnum()
        assert len(name) < 70


def test_readable() -> None:
    assert readable("a\n b\x00\udc80") == "a b\ufffd\ufffd"
    assert readable("a\nb", lines=True) == "a\nb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pelvic tilt", "Pelvic tilt"), ("fore-aft", "Fore-aft"), ("foot_l", "foot_l"),
        ("x", "x"), ("imu_foot_r acc", "imu_foot_r acc"), ("", ""), ("GPS", "GPS"),
    ],
)  # fmt: skip
def test_headings_start_with_a_capital_where_they_are_words(text: str, expected: str) -> None:
    assert headed(text) == expected
