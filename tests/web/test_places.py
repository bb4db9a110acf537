"""Where sensors sit, said by any name that the page or the files have for them."""

import pytest

import gaitsmith
from gaitsmith.errors import GaitsmithError
from gaitsmith.virtual import average_person, walker
from gaitsmith.web.tasks import preview
from tests.makers import imu_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sensors of two feet, in files whose names tell it and in files whose names do not."""
    made = tmp_path_factory.mktemp("sensors")
    walk = walker(average_person("female"), 1.2, seconds=4.0)
    for name, label in (("foot_r_g", "foot_r"), ("foot_l_g", "foot_l"), ("a", "foot_r"), ("b", "foot_l")):  # fmt: skip
        (made / f"{name}.csv").write_text(imu_csv(walk, label))
    return made


def seen(folder, names, **places):
    return preview(
        lambda _: None,
        files=[str(folder / n) for n in names],
        hints={"placement": places} if places else {},
    )


def labels(about):
    return {c["label"] for s in about["streams"] for c in s["channels"]}


def test_a_place_that_the_name_tells_can_be_corrected_under_the_name_that_is_shown(folder):
    assert seen(folder, ["foot_r_g.csv"])["sensors"] == ["foot_r"]
    for name in ("foot_r", "foot_r_g"):
        about = seen(folder, ["foot_r_g.csv"], **{name: "shank_r"})
        assert labels(about) == {"shank_r"}
        assert about["sensors"] == ["foot_r"]
        assert not any("is told by" in n["words"] for n in about["notes"])


def test_left_and_right_swap(folder):
    names = ["foot_r_g.csv", "foot_l_g.csv"]
    swap = {"foot_r": "foot_l", "foot_l": "foot_r"}
    plain = gaitsmith.read(*(folder / n for n in names))
    swapped = gaitsmith.read(*(folder / n for n in names), placement=swap)

    def first(recording, label):
        return next(s.data[0, 0, 0] for s in recording.of_kind("imu").values() if s.labels == (label,))  # fmt: skip

    assert first(swapped, "foot_l") == first(plain, "foot_r") != first(plain, "foot_l")
    # A sign is said of the sensor by the name that its file has for it.
    turned = gaitsmith.read(
        *(folder / n for n in names), placement=swap, signs={"foot_r_acc_x": -1}
    )
    assert first(turned, "foot_l") == -first(swapped, "foot_l")
    assert first(turned, "foot_r") == first(swapped, "foot_r")


def test_two_files_without_a_place_are_placed_by_their_names(folder):
    with pytest.raises(GaitsmithError, match=r"say where the sensor of each file sat") as caught:
        seen(folder, ["a.csv", "b.csv"])
    assert caught.value.about["sensors"] == ["a", "b"]
    about = seen(folder, ["a.csv", "b.csv"], a="foot_r", b="foot_l")
    assert labels(about) == {"foot_r", "foot_l"}
    assert about["sensors"] == ["a", "b"]


def test_both_on_one_foot_is_refused_and_can_be_mended(folder):
    with pytest.raises(GaitsmithError, match="foot_l in both") as caught:
        seen(folder, ["foot_r_g.csv", "foot_l_g.csv"], foot_r="foot_l")
    assert caught.value.about["sensors"] == ["foot_r", "foot_l"]


def test_a_sensor_that_is_not_there_is_refused(folder):
    with pytest.raises(GaitsmithError, match="no sensor has this name"):
        seen(folder, ["foot_r_g.csv"], foot_x="shank_r")
