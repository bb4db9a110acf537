import numpy as np
import pytest

from gaitsmith.body import generic_body, place, places
from gaitsmith.errors import GaitsmithError


def standing(body):
    return place(body, np.array([[c.rest for c in body.coordinates]]))


@pytest.mark.parametrize("sex", ["female", "male", None])
@pytest.mark.parametrize("arms", [True, False])
def test_mass_is_as_given_and_feet_stand_on_the_floor(sex, arms):
    body = generic_body(1.62, 57.0, sex, arms=arms)
    assert body.mass == pytest.approx(57.0, abs=1e-9)
    pose = standing(body)
    where = {n: pose.spot(s)[0] for n, s in places(body).items()}
    for foot in ("heel_r", "heel_l", "toe_r", "toe_l"):
        assert where[foot][1] == pytest.approx(0.0, abs=1e-12)
    assert where["hip_r"][1] == pytest.approx(0.530 * 1.62)
    assert where["knee_r"][1] == pytest.approx(0.285 * 1.62)
    # Where people balance: mass centre at 54 to 58 % of stature, over the foot.
    centre = pose.mass_centre[0]
    assert 0.54 * 1.62 < centre[1] < 0.58 * 1.62
    assert where["heel_r"][0] < centre[0] < where["toe_r"][0]
    assert centre[2] == pytest.approx(0.0, abs=1e-12)


def test_a_head_that_moves_weighs_what_it_did_in_the_trunk():
    stiff, free = (generic_body(1.7, 65.0, "male", neck=n) for n in (False, True))
    assert free.mass == pytest.approx(stiff.mass)
    assert standing(free).mass_centre == pytest.approx(standing(stiff).mass_centre)
    extra = ["neck_extension", "neck_bending", "neck_rotation"]
    assert [c.name for c in free.coordinates if c.name not in stiff.index] == extra
    assert places(free)["head"].segment == "head"
    # Backward, to the right and to the left are positive.
    for name, axis, sign in (("neck_extension", 0, -1), ("neck_bending", 2, 1)):
        values = np.array([c.rest for c in free.coordinates])
        values[free.index[name]] = np.radians(20)
        moved = place(free, values[None])
        for spot in ("neck", "shoulder_r"):
            still = standing(free).spot(places(free)[spot])
            assert np.allclose(moved.spot(places(free)[spot]), still)
        change = moved.spot(places(free)["head"]) - standing(free).spot(places(free)["head"])
        assert sign * change[0, axis] > 0.02


def test_inertia_is_that_of_solid_parts():
    for segment in generic_body(1.8, 80.0).segments:
        a, b, c = np.sort(np.linalg.eigvalsh(segment.inertia))
        assert a > 0
        assert a + b >= c * (1 - 1e-9)


def test_signs_are_opensims():
    body = generic_body(1.7)
    rest = np.array([c.rest for c in body.coordinates])

    def moved(name, degrees):
        values = rest.copy()
        values[body.index[name]] = np.radians(degrees)
        pose = place(body, values[None])
        return {n: pose.spot(s)[0] for n, s in places(body).items()}

    still = moved("hip_flexion_r", 0)
    for s, outward in (("r", 1), ("l", -1)):
        assert moved(f"hip_flexion_{s}", 30)[f"knee_{s}"][0] > still[f"knee_{s}"][0] + 0.1
        inward = moved(f"hip_adduction_{s}", 20)[f"knee_{s}"][2] - still[f"knee_{s}"][2]
        assert inward * outward < -0.1
        toe = moved(f"hip_rotation_{s}", 20)[f"toe_{s}"][2] - still[f"toe_{s}"][2]
        assert toe * outward < -0.01
        assert moved(f"knee_angle_{s}", 60)[f"ankle_{s}"][0] < still[f"ankle_{s}"][0] - 0.2
        assert moved(f"ankle_angle_{s}", 20)[f"toe_{s}"][1] > still[f"toe_{s}"][1] + 0.02
        assert moved(f"arm_flex_{s}", 30)[f"elbow_{s}"][0] > still[f"elbow_{s}"][0] + 0.1
        assert moved(f"elbow_flex_{s}", 60)[f"wrist_{s}"][0] > still[f"wrist_{s}"][0] + 0.1
    assert moved("pelvis_tilt", 10)["neck"][0] < still["neck"][0] - 0.05
    assert moved("pelvis_list", 10)["hip_r"][1] < moved("pelvis_list", 10)["hip_l"][1]
    assert moved("pelvis_rotation", 20)["hip_r"][0] > still["hip_r"][0]
    assert moved("lumbar_extension", 10)["neck"][0] < still["neck"][0] - 0.05
    assert moved("lumbar_bending", 10)["neck"][2] > still["neck"][2] + 0.05


def test_mirrored_coordinates_give_the_mirrored_body():
    from gaitsmith.channels import get

    body = generic_body(1.75, 70.0)
    rng = np.random.default_rng(1)
    values = rng.normal(0, 0.3, (5, len(body.coordinates)))
    other = np.empty_like(values)
    for c in body.coordinates:
        row = get(c.name)
        other[:, body.index[row.partner]] = values[:, body.index[c.name]] * row.mirror_sign
    a, b = place(body, values), place(body, other)
    spots = places(body)
    swap = {"_r": "_l", "_l": "_r"}
    for name, spot in spots.items():
        twin = name[:-2] + swap[name[-2:]] if name[-2:] in swap else name
        assert np.allclose(a.spot(spot) * (1, 1, -1), b.spot(spots[twin]), atol=1e-12)


@pytest.mark.parametrize("height", [0.0, -1.7, float("nan"), 170.0])
def test_impossible_heights_are_refused(height):
    with pytest.raises(GaitsmithError):
        generic_body(height)


def test_scaling():
    body = generic_body(1.7, 70.0)
    twice = body.scaled(2.0)
    assert twice.mass == pytest.approx(560.0)
    a = np.array([[c.rest for c in body.coordinates]])
    assert np.allclose(
        place(body, a).joint_centre("knee_r") - place(body, a).joint_centre("hip_r"),
        0.5 * (place(twice, a).joint_centre("knee_r") - place(twice, a).joint_centre("hip_r")),
    )
    with pytest.raises(GaitsmithError):
        body.scaled(0.0)
