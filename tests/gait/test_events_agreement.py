"""Agreement of two tables of events."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.errors import GaitsmithError
from gaitsmith.events import Event, Events
from gaitsmith.gait.events import Agreement, agreement
from gaitsmith.gait.events.agreement import match

TIMES = st.lists(st.floats(0, 5, allow_nan=False), max_size=12, unique=True).map(sorted)


def strikes(*times):
    return Events.of(times, "left", "strike", "a")


def test_errors_are_signed_and_what_has_no_partner_is_counted():
    found = agreement(strikes(1.02, 2.01, 3.5), strikes(1.0, 2.0, 5.0)).of("strike")
    assert found.errors_s == pytest.approx((0.02, 0.01))
    assert (found.missed, found.spurious) == (1, 1)
    assert found.bias_s == pytest.approx(0.015)
    assert found.median_abs_s == pytest.approx(0.015)
    assert found.max_abs_s == pytest.approx(0.02)
    assert found.f1 == pytest.approx(2 * 2 / (2 * 2 + 2))


def test_sides_and_kinds_do_not_mix():
    a = Events([Event(1.0, "left", "strike"), Event(1.0, "right", "off")])
    b = Events([Event(1.0, "right", "strike"), Event(1.0, "left", "off")])
    found = agreement(a, b)
    assert all(r.matched == 0 for r in found)
    assert sum(r.missed for r in found) == sum(r.spurious for r in found) == 2


def test_pairs_are_as_many_as_can_be_before_they_are_close():
    # The nearest pair (1.00, 1.01) would leave 0.95 and 1.06 alone; two pairs are possible.
    found = agreement(strikes(0.95, 1.00), strikes(1.01, 1.06), 0.08).of("strike")
    assert found.matched == 2


def test_outside_the_span_nothing_counts():
    found = agreement(strikes(1.0, 4.0), strikes(1.01, 5.0), between=(0.5, 2.0)).of("strike")
    assert (found.matched, found.missed, found.spurious) == (1, 0, 0)


def test_empty_tables_have_no_numbers_but_agree():
    found = agreement(Events(), Events()).of("strike")
    assert math.isnan(found.median_abs_s) and math.isnan(found.f1)
    assert found.to_dict()["bias_s"] is None


def test_a_tolerance_must_be_a_time():
    with pytest.raises(GaitsmithError, match="tolerance"):
        agreement(Events(), Events(), 0.0)


def test_pooling_adds_recordings():
    one = agreement(strikes(1.0), strikes(1.01))
    two = agreement(strikes(2.0), strikes(2.03, 9.0))
    both = Agreement.pooled([one, two]).of("strike")
    assert both.errors_s == pytest.approx((-0.01, -0.03)) and both.missed == 1


@given(TIMES, TIMES, st.floats(0.01, 0.5))
def test_matching_is_one_to_one_within_the_tolerance_and_symmetric(a, b, tolerance):
    x, y = np.array(a, dtype=float), np.array(b, dtype=float)
    pairs = match(x, y, tolerance)
    assert len(set(pairs[:, 0])) == len(pairs) == len(set(pairs[:, 1]))
    assert np.all(np.abs(x[pairs[:, 0]] - y[pairs[:, 1]]) <= tolerance + 1e-12)
    assert len(match(y, x, tolerance)) == len(pairs)
    # No pair is left that could still be made.
    alone_a, alone_b = np.delete(x, pairs[:, 0]), np.delete(y, pairs[:, 1])
    if len(alone_a) and len(alone_b):
        assert np.min(np.abs(alone_a[:, None] - alone_b)) > tolerance
