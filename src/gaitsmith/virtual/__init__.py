"""People with known truth: virtual walkers whose every signal belongs to one motion.

>>> from gaitsmith.virtual import average_person, walker
>>> walk = walker(average_person("female"), 1.2, seconds=3.0)
>>> sorted(walk.streams)
['angles', 'forces', 'imu', 'moments', 'phase', 'points', 'powers']
"""

from __future__ import annotations

from gaitsmith.virtual.example import example
from gaitsmith.virtual.faults import FAULTS, Fault
from gaitsmith.virtual.people import Person, average_person, people
from gaitsmith.virtual.walk import walker

__all__ = ["FAULTS", "Fault", "Person", "average_person", "example", "people", "walker"]
