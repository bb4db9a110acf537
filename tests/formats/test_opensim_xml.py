"""External loads and models as XML: parsed without trust."""

import pytest

from gaitsmith.errors import GaitsmithError
from gaitsmith.formats import opensim_loads, opensim_model
from gaitsmith.formats.opensim_xml import parse
from tests.formats.opensim_text import Hints, source

LOADS = """<?xml version="1.0"?>
<OpenSimDocument Version="40000"><ExternalLoads name="x"><objects>
<ExternalForce name="a"><applied_to_body> calcn_r </applied_to_body>
<force_identifier>ground_force_1_v</force_identifier></ExternalForce>
<ExternalForce name="b"><isDisabled> true </isDisabled><applied_to_body>calcn_l</applied_to_body>
<force_identifier>ground_force_2_v</force_identifier></ExternalForce>
<ExternalForce name="c"><applied_to_body>calcn_l</applied_to_body>
<force_identifier>it's 'odd'</force_identifier></ExternalForce>
</objects></ExternalLoads></OpenSimDocument>"""

MODEL = """<?xml version="1.0"?>
<OpenSimDocument Version="40000"><Model name="m">
<defaults><Body name="default"><mass>500</mass></Body></defaults>
<BodySet name="bodyset"><objects>
<Body name="pelvis"><mass>{0}</mass></Body><Body name="femur_r"><mass>9.5</mass></Body>
</objects></BodySet></Model></OpenSimDocument>"""


def test_loads():
    file = source(LOADS, "loads.xml")
    assert opensim_loads.read_loads(file) == [
        ("ground_force_1_v", "calcn_r"), ("it's 'odd'", "calcn_l"),
    ]  # fmt: skip
    recording = opensim_loads.read(file, Hints())
    assert not recording.streams
    assert opensim_loads.claims(recording)["ground_force_1_v"] == "calcn_r"
    assert opensim_loads.sniff(LOADS.encode(), ".xml") == 1.0
    assert opensim_loads.sniff(b"\x10\x00" + LOADS.encode(), ".b3d") == 0.0


def test_model():
    file = source(MODEL.format(11.25), "person.osim")
    recording = opensim_model.read(file, Hints())
    assert recording.subject.mass == pytest.approx(20.75)
    assert recording.subject.sources["mass"] == "osim person"
    assert opensim_model.sniff(MODEL.encode(), ".osim") == 1.0
    for mass, problem in ((0.1, None), ("x", "not a number"), (-5000, "no person's mass")):
        if problem:
            with pytest.raises(GaitsmithError, match=problem):
                opensim_model.read(source(MODEL.format(mass), "p.osim"), Hints())


def test_bombs_and_broken_xml_are_refused():
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>'
    for text in (bomb, bomb.encode("utf-16")):
        with pytest.raises(GaitsmithError, match="declares a document type"):
            parse(source(text, "a.xml"))
    for text in (
        "<a><b></a>",
        "<a",
        "no xml at all",
        '<?xml version="1.0" encoding="klingon"?><a/>',
    ):
        with pytest.raises(GaitsmithError, match="broken XML"):
            parse(source(text, "a.xml"))
    with pytest.raises(GaitsmithError, match="no ExternalForce"):
        opensim_loads.read_loads(source("<a/>", "a.xml"))
    with pytest.raises(GaitsmithError, match="no body"):
        opensim_model.read(source("<OpenSimDocument><Model/></OpenSimDocument>", "a.osim"), Hints())
    deep = "<a>" * 50000 + "</a>" * 50000
    with pytest.raises(GaitsmithError, match="no ExternalForce"):
        opensim_loads.read_loads(source(deep, "a.xml"))
