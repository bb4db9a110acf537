"""The study of forces on virtual people, its page, and the chapter of a report."""

import dataclasses

import numpy as np
import pytest

from gaitsmith.models.forces.baselines import mean_curve
from gaitsmith.models.forces.posterior import StanceConfig, StancePosterior
from gaitsmith.recording import Recording
from gaitsmith.studies import forces as study
from gaitsmith.studies import forces_page
from gaitsmith.studies import forces_score as fs
from gaitsmith.studies.forces_data import measured, rows_for_learning
from gaitsmith.virtual.people import people
from gaitsmith.virtual.walk import walker


@pytest.fixture(scope="module")
def walks():
    out = []
    for i, person in enumerate(people(4, seed=3)):
        w = walker(person, 1.1 + 0.1 * i, 3.5, treadmill=True, seed=i)
        bare = Recording(w.subject, {k: w[k] for k in ("angles", "forces")}, w.events, name=f"v{i}")
        from gaitsmith.body import generic_body

        body = generic_body(person.height, w.subject.mass)
        out.append(measured(bare, "virtual", f"v{i}", f"p{i}", given=True, body=body))
    return out


def test_measured_stances_are_cut_from_the_truth(walks):
    for m in walks:
        assert m.scored.sum() >= 3
        up = m.rows.force[m.scored][:, 1]
        assert np.abs(up[:, [0, -1]]).max() < 0.3
        assert 0.9 < up.max() < 1.6


def test_left_out_people_are_not_learnt_from_and_the_page_says_all(walks):
    result = study.left_out(walks, walks, [], networks=False)
    assert result["people"] == 4
    assert set(result["given"]) >= {
        "default",
        "posterior",
        "mean curve",
        "ridge",
        "physics, linear split",
    }
    assert all(np.isfinite(result["given"]["default"]["mae"]))
    # Virtual people obey Newton: asked for, both feet sum to m (a - g).
    assert result["consistency_rms"]["default, sum exact"] < 1e-6
    assert result["consistency_rms"]["default"] > 0.05
    text = forces_page.text({"mcgill_children": result})
    assert "mean scaled by speed" in text
    assert "90 % bands hold" in text
    # The first person's own rows change nothing of what is told of that person.
    rest = rows_for_learning(walks[1:])
    again = StancePosterior.fit(rest, StanceConfig.home())
    told = again.predict(walks[0].rows)
    force, _ = fs.ours(walks[0], told, StanceConfig.home(), same=True)
    rows = fs.scored(walks[0], walks[0], force, None)
    person = result["by_person"][walks[0].person]
    np.testing.assert_allclose(fs.mean(rows, "error"), person, rtol=1e-6)


def test_a_perfect_answer_has_no_error(walks):
    m = walks[0]
    force = {s: np.zeros((len(m.walk.times), 3)) for s in ("right", "left")}
    told = fs.plain(m, np.nan_to_num(m.rows.force))
    assert set(told) == set(force)
    errors = fs.mean(fs.scored(m, m, told, None), "error")
    assert errors.max() < 1.0
    plain = fs.plain(m, mean_curve(rows_for_learning(walks[1:]))(m.rows))
    assert fs.mean(fs.scored(m, m, plain, None), "error")[0] > errors[0]


def test_frozen_weights_that_learnt_from_the_scored_are_refused(tmp_path):
    from gaitsmith.errors import GaitsmithError
    from gaitsmith.models.base import Card

    model = StancePosterior(card=Card(trained_on=("adults/moco",)))
    with pytest.raises(GaitsmithError, match="learnt from people"):
        study.score(model, tmp_path)


def test_the_chapter_draws_estimates_where_there_are_no_plates(walks):
    from gaitsmith.chapters.base import Context
    from gaitsmith.chapters.estimated_forces import chapter
    from gaitsmith.gait.cycles import segment

    m = walks[0]
    bare = m.recording.without("forces")
    from gaitsmith.body import points_from_angles

    drawn = points_from_angles(bare)
    context = Context(drawn, segment(drawn), made_points=True)
    section = chapter(context)
    assert section is not None
    assert section.figures[0].key == "estimated_forces"
    assert all(c.dashed or c.thin for p in section.figures[0].panels for c in p.curves)
    assert chapter(dataclasses.replace(context, recording=m.recording)) is None
    no_mass = drawn.replace(subject=dataclasses.replace(drawn.subject, mass=None))
    assert "mass" in chapter(dataclasses.replace(context, recording=no_mass)).missing[0]
    knees = [x for x in drawn.angles.labels if not x.startswith("knee")]
    lacking = drawn.with_stream(drawn.angles.select(knees))
    assert "complete" in chapter(dataclasses.replace(context, recording=lacking)).missing[0]
