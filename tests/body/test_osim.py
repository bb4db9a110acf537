import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaitsmith.body import place, read_osim
from gaitsmith.body.functions import Scaled
from gaitsmith.errors import FormatError, GaitsmithError
from gaitsmith.formats.base import Source

from . import models


def read(data):
    return read_osim(Source("small.osim", data, ".osim"))


def test_both_forms_give_the_same_body():
    new, old = read(models.new_form()), read(models.old_form())
    assert new.mass == old.mass == 11.0
    assert [c.name for c in new.coordinates] == [c.name for c in old.coordinates]
    assert new.gravity == (0.0, -9.81, 0.0)
    values = np.random.default_rng(0).normal(size=(20, 4))
    a, b = place(new, values), place(old, values)
    assert np.allclose(a.rotation, b.rotation, atol=1e-15)
    assert np.allclose(a.origin, b.origin, atol=1e-15)
    assert np.allclose(a.marker("R.Ankle"), b.marker("R.Ankle"), atol=1e-15)


def test_the_form_between_has_connectors():
    def end(name, path):
        return (
            f'<Connector_PhysicalFrame_ name="{name}"><connectee_name>{path}</connectee_name>'
            "</Connector_PhysicalFrame_>"
        )

    text = models.new_form().decode()
    cut = text.index("<frames>"), text.index("</frames>") + len("</frames>")
    text = text[: cut[0]] + text[cut[1] :]
    for sockets, (parent, child), places in (
        ("<socket_parent_frame>/ground</socket_parent_frame>"
         "<socket_child_frame>/bodyset/femur_r</socket_child_frame>", ("../ground", "../femur_r"), ""),
        ("<socket_parent_frame>femur_r_offset</socket_parent_frame>"
         "<socket_child_frame>tibia_r_offset</socket_child_frame>", ("femur_r", "tibia_r"),
         "<location_in_parent>0.01 -0.4 0</location_in_parent>"
         "<orientation_in_parent>0.1 0.2 -0.1</orientation_in_parent>"
         "<location_in_child>0 0.02 0</location_in_child>"
         "<orientation_in_child>0.1 0.2 -0.1</orientation_in_child>"),
    ):  # fmt: skip
        assert sockets in text
        ends = end("parent_body", parent) + end("child_body", child)
        text = text.replace(sockets, f"<connectors>{ends}</connectors>{places}")
    between, new = read(text.encode()), read(models.new_form())
    values = np.random.default_rng(0).normal(size=(20, 4))
    a, b = place(between, values), place(new, values)
    assert np.allclose(a.rotation, b.rotation, atol=1e-15)
    assert np.allclose(a.origin, b.origin, atol=1e-15)


def test_elements_named_after_classes_are_xml_too():
    odd = b"<HuntCrossleyForce::ContactParametersSet><objects/></HuntCrossleyForce::ContactParametersSet>"
    data = models.new_form().replace(b"<BodySet>", odd + b"<BodySet>", 1)
    assert read(data).mass == 11.0


def test_a_stray_byte_of_another_encoding_and_an_old_flag():
    credit = b"<credits>Arnold 33:829\x96840, M\xfcller</credits>"
    data = models.new_form().replace(b"<gravity>", credit + b"<gravity>", 1)
    old = data.replace(
        b"</coordinates><axis>", b"</coordinates><is_rotation>false</is_rotation><axis>"
    )
    assert old != data
    assert read(old).mass == 11.0


def test_what_is_read():
    body = read(models.new_form())
    sliding = {c.name: not c.rotational for c in body.coordinates}
    assert sliding == {
        "hip_flexion_r": False, "pelvis_tx": True, "pelvis_ty": True, "knee_angle_r": False
    }  # fmt: skip
    assert body.coordinates[body.index["pelvis_ty"]].rest == 0.9
    knee = body.joint("knee_r")
    assert isinstance(knee.translations[0].function, Scaled)
    assert np.allclose(knee.on_parent.origin, (0.01, -0.4, 0))


def test_the_sign_of_the_knee_is_told_from_its_axis():
    negative = read(models.new_form())
    assert negative.signs[negative.index["knee_angle_r"]] == -1
    positive = read(models.new_form("0 0 -1", (0, 2.4)))
    assert positive.signs[positive.index["knee_angle_r"]] == 1


def test_gz(tmp_path):
    path = tmp_path / "small.osim.gz"
    path.write_bytes(gzip.compress(models.new_form()))
    assert read_osim(path).mass == 11.0


BAD = {
    "empty": (b"", "empty"),
    "not xml": (b"time\t1\n2\t3\n", "XML"),
    "another document": (b"<Thing/>", "no model"),
    "entities": (b'<!DOCTYPE a [<!ENTITY b "c">]>' + models.new_form(), "document type"),
    "truncated": (models.new_form()[:-200], "XML"),
    "joint unknown": (models.new_form().replace(b"CustomJoint", b"EllipsoidJoint"), "kind of joint"),
    "function unknown": (models.new_form().replace(b"LinearFunction", b"Sine"), "kind of function"),
    "frame unknown": (models.new_form().replace(b"/bodyset/tibia_r<", b"/bodyset/nothing<"), "frame"),
    "not a number": (models.new_form().replace(b"<mass>8.0", b"<mass>heavy"), "number"),
    "not finite": (models.new_form().replace(b"<mass>8.0", b"<mass>nan"), "finite"),
    "a short vector": (models.new_form().replace(b"0.01 -0.4 0", b"0.01 -0.4"), "numbers"),
    "no bodies": (models.HEADER.encode() + models.FOOTER.encode(), "no bodies"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_models_are_refused_with_their_name(case):
    data, words = BAD[case]
    with pytest.raises(FormatError) as caught:
        read(data)
    assert caught.value.file == "small.osim"
    assert words in str(caught.value)


@given(st.data())
def test_mutated_models_end_in_a_body_or_a_refusal(data):
    text = bytearray(models.new_form())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        kind = data.draw(st.sampled_from(["byte", "cut", "double"]))
        if kind == "byte":
            text[at] = data.draw(st.integers(0, 255))
        elif kind == "cut":
            del text[at : at + data.draw(st.integers(1, 60))]
        else:
            text[at:at] = text[at : at + data.draw(st.integers(1, 60))]
        if not text:
            break
    try:
        body = read(bytes(text))
    except GaitsmithError:
        return
    assert place(body, np.zeros((1, len(body.coordinates)))).origin.shape[0] == len(body.segments)
