"""Estimated forces as OpenSim's external loads: which columns of the ``.mot`` act on which body."""

from __future__ import annotations

from xml.sax.saxutils import escape

from gaitsmith.body.sites import foot_segment
from gaitsmith.body.tree import Body

__all__ = ["loads_xml"]


def loads_xml(body: Body, data_file: str, name: str = "estimated forces") -> str:
    """The text of an ``ExternalLoads`` document for a file written by ``formats.opensim_motion``."""
    parts = []
    for side, word in (("r", "right"), ("l", "left")):
        segment = foot_segment(body, side) or f"calcn_{side}"
        parts.append(f"""\t\t\t<ExternalForce name="{word}_foot">
\t\t\t\t<applied_to_body>{escape(segment)}</applied_to_body>
\t\t\t\t<force_expressed_in_body>ground</force_expressed_in_body>
\t\t\t\t<point_expressed_in_body>ground</point_expressed_in_body>
\t\t\t\t<force_identifier>ground_force_{side}_v</force_identifier>
\t\t\t\t<point_identifier>ground_force_{side}_p</point_identifier>
\t\t\t\t<torque_identifier>ground_torque_{side}_</torque_identifier>
\t\t\t\t<data_source_name>Unassigned</data_source_name>
\t\t\t</ExternalForce>""")
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<OpenSimDocument Version="40000">
\t<ExternalLoads name="{escape(name)}">
\t\t<objects>
{chr(10).join(parts)}
\t\t</objects>
\t\t<groups />
\t\t<datafile>{escape(data_file)}</datafile>
\t</ExternalLoads>
</OpenSimDocument>
"""
