"""Small models written by our own code, for tests."""

HEADER = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<OpenSimDocument Version="40000"><Model name="small">'
)
FOOTER = "</Model></OpenSimDocument>"


def body(name, mass=1.0, centre="0 -0.2 0", inertia="0.1 0.01 0.1 0 0 0"):
    return (
        f'<Body name="{name}"><mass>{mass}</mass><mass_center>{centre}</mass_center>'
        f"<inertia>{inertia}</inertia></Body>"
    )


def coordinate(name, low=-3.0, high=3.0, rest=0.0, locked="false"):
    return (
        f'<Coordinate name="{name}"><default_value>{rest}</default_value>'
        f"<range>{low} {high}</range><locked>{locked}</locked></Coordinate>"
    )


def axis(name, direction, mover="", function=""):
    return (
        f'<TransformAxis name="{name}"><coordinates>{mover}</coordinates>'
        f"<axis>{direction}</axis>{function}</TransformAxis>"
    )


LINE = '<LinearFunction name="function"><coefficients> 1 0</coefficients></LinearFunction>'


def offset(name, of, translation="0 0 0", orientation="0 0 0"):
    return (
        f'<PhysicalOffsetFrame name="{name}"><socket_parent>/bodyset/{of}</socket_parent>'
        f"<translation>{translation}</translation><orientation>{orientation}</orientation>"
        "</PhysicalOffsetFrame>"
    )


def new_form(knee_axis="0 0 1", knee_range=(-2.09, 0.17)):
    """Thigh on the ground by a free pelvis-like joint, shank by a knee, OpenSim 4 form."""
    root = (
        '<CustomJoint name="base"><socket_parent_frame>/ground</socket_parent_frame>'
        "<socket_child_frame>/bodyset/femur_r</socket_child_frame><coordinates>"
        + coordinate("hip_flexion_r") + coordinate("pelvis_tx", -5, 5) + coordinate("pelvis_ty", -1, 2, 0.9)
        + "</coordinates><SpatialTransform>"
        + axis("rotation1", "0 0 1", "hip_flexion_r", LINE)
        + axis("translation1", "1 0 0", "pelvis_tx", LINE)
        + axis("translation2", "0 1 0", "pelvis_ty", LINE)
        + "</SpatialTransform></CustomJoint>"
    )  # fmt: skip
    spline = (
        '<MultiplierFunction name="function"><function><SimmSpline><x>-2 -1 0 0.1</x>'
        "<y>-0.01 0.004 0 0.001</y></SimmSpline></function><scale>1.5</scale></MultiplierFunction>"
    )
    knee = (
        '<CustomJoint name="knee_r"><socket_parent_frame>femur_r_offset</socket_parent_frame>'
        "<socket_child_frame>tibia_r_offset</socket_child_frame><coordinates>"
        + coordinate("knee_angle_r", *knee_range) + "</coordinates><frames>"
        + offset("femur_r_offset", "femur_r", "0.01 -0.4 0", "0.1 0.2 -0.1")
        + offset("tibia_r_offset", "tibia_r", "0 0.02 0", "0.1 0.2 -0.1")
        + "</frames><SpatialTransform>"
        + axis("rotation1", knee_axis, "knee_angle_r", LINE)
        + axis("translation1", "1 0 0", "knee_angle_r", spline)
        + "</SpatialTransform></CustomJoint>"
    )  # fmt: skip
    marker = (
        '<Marker name="R.Ankle"><socket_parent_frame>/bodyset/tibia_r</socket_parent_frame>'
        "<location>0 -0.4 0.05</location></Marker>"
    )
    return (
        HEADER + "<gravity>0 -9.81 0</gravity><BodySet><objects>" + body("femur_r", 8.0) + body("tibia_r", 3.0)
        + "</objects></BodySet><JointSet><objects>" + root + knee + "</objects></JointSet>"
        + "<MarkerSet><objects>" + marker + "</objects></MarkerSet>" + FOOTER
    ).encode()  # fmt: skip


def old_form():
    """The same thigh and shank as OpenSim 3 wrote them: joints inside their bodies."""

    def old_body(name, mass, joint=""):
        return (
            f'<Body name="{name}"><mass>{mass}</mass><mass_center>0 -0.2 0</mass_center>'
            "<inertia_xx>0.1</inertia_xx><inertia_yy>0.01</inertia_yy><inertia_zz>0.1</inertia_zz>"
            "<inertia_xy>0</inertia_xy><inertia_xz>0</inertia_xz><inertia_yz>0</inertia_yz>"
            f"<Joint>{joint}</Joint></Body>"
        )

    def old_joint(name, parent, coordinates, axes, place=""):
        return (
            f'<CustomJoint name="{name}"><parent_body>{parent}</parent_body>{place}'
            f"<CoordinateSet><objects>{coordinates}</objects></CoordinateSet>"
            f"<SpatialTransform>{axes}</SpatialTransform></CustomJoint>"
        )

    line = "<function><LinearFunction><coefficients>1 0</coefficients></LinearFunction></function>"
    spline = (
        "<function><MultiplierFunction><function><SimmSpline><x>-2 -1 0 0.1</x>"
        "<y>-0.01 0.004 0 0.001</y></SimmSpline></function><scale>1.5</scale>"
        "</MultiplierFunction></function>"
    )
    root = old_joint(
        "base", "ground",
        coordinate("hip_flexion_r") + coordinate("pelvis_tx", -5, 5) + coordinate("pelvis_ty", -1, 2, 0.9),
        axis("rotation1", "0 0 1", "hip_flexion_r", line)
        + axis("translation1", "1 0 0", "pelvis_tx", line)
        + axis("translation2", "0 1 0", "pelvis_ty", line),
    )  # fmt: skip
    knee = old_joint(
        "knee_r", "femur_r", coordinate("knee_angle_r", -2.09, 0.17),
        axis("rotation1", "0 0 1", "knee_angle_r", line)
        + axis("translation1", "1 0 0", "knee_angle_r", spline),
        "<location_in_parent>0.01 -0.4 0</location_in_parent>"
        "<orientation_in_parent>0.1 0.2 -0.1</orientation_in_parent>"
        "<location>0 0.02 0</location><orientation>0.1 0.2 -0.1</orientation>",
    )  # fmt: skip
    marker = '<Marker name="R.Ankle"><body>tibia_r</body><location>0 -0.4 0.05</location></Marker>'
    return (
        HEADER.replace("40000", "30000") + "<gravity>0 -9.81 0</gravity><BodySet><objects>"
        + '<Body name="ground"><mass>0</mass></Body>' + old_body("femur_r", 8.0, root)
        + old_body("tibia_r", 3.0, knee) + "</objects></BodySet><MarkerSet><objects>" + marker
        + "</objects></MarkerSet>" + FOOTER
    ).encode()  # fmt: skip
