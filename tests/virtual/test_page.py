"""The study's page: what misses is said, what may not be published is left out."""

import json

import numpy as np

from gaitsmith.recording import Subject
from gaitsmith.studies.virtual_left_out import matched
from gaitsmith.studies.virtual_more import stance_peaks, young_people
from gaitsmith.studies.virtual_page import write
from gaitsmith.studies.virtual_people import _children, _norms
from gaitsmith.studies.virtual_stride import summary
from gaitsmith.virtual import average_person, people


def test_a_page_is_written_from_figures(tmp_path):
    crowd = [average_person("male"), people(2, 3)[1]]
    walks = [summary(p, 0.44) for p in crowd]
    norms = _norms(walks, crowd)
    norms["force"]["inward"] = {"virtual": 0.09, "published": 0.05}
    result = {"people": 2, "norms": {"0.44": norms}, "children": _children(walks),
              "young": young_people(2, summary), "slijepcevic2021_grf": {"people": 1},
              "opensim": {"lab": {"stances": 1, "first peak": {"virtual": 1.0, "real": 1.05},
                                  "second peak": {"virtual": 1.0, "real": 1.2}}},
              "gait_signatures": {"people": 3, "knee_angle": {"rms": 1.0, "rms_without_offset": 0.5,
                                                              "sd_ratio": 0.5}}}  # fmt: skip
    page = write(tmp_path, result).read_text("utf-8")
    assert "* Bovi et al. 2011, 0.44, inward: 0.090 (0.050) body weights." in page
    assert "* opensim, lab, second peak: 1.000 (1.200) body weights." in page
    assert "opensim, lab, first peak" not in page
    assert "* gait_signatures, knee_angle: SD 0.50 of the real." in page
    assert "slijepcevic" not in page
    assert "slijepcevic2021_grf" not in json.loads((tmp_path / "virtual.json").read_text("utf-8"))
    assert "bovi2011 young second peak" in page


def test_peaks_of_a_stance():
    u = np.linspace(0, 1, 101)
    up = np.sin(np.pi * u) + 0.3 * np.sin(3 * np.pi * u)
    found = stance_peaks(up, -0.2 * np.sin(2 * np.pi * u))
    assert found["first peak"] > found["valley"]
    assert found["braking"] < 0 < found["propulsion"]
    assert np.isclose(found["first peak"], found["second peak"])


def test_matched_people_have_the_sizes_of_the_real_ones():
    real = [Subject("a").given("x", age=9.0, height=1.3, mass=30.0, sex="male"),
            Subject("b").given("x", age=40.0, height=1.7, mass=70.0, sex="female")]  # fmt: skip
    made = matched(real, each=2)
    assert [round(p.height, 2) for p in made] == [1.3, 1.7, 1.3, 1.7]
    assert [p.sex for p in made] == ["male", "female"] * 2
    assert not np.array_equal(made[0].style, made[2].style)
