"""Made-up walks that obey a known law, for tests of the twin."""

import numpy as np

from gaitsmith.models.twin.api import reference_model
from gaitsmith.models.twin.walks import CHANNELS, Walks
from gaitsmith.studies.twin_people import statistical


def walks(people=12, seed=0, trials=2):
    return statistical(reference_model().population(), people, seed, trials=trials)


def stiff(walk, degrees=30.0):
    """The right knee bends less in swing."""
    curves = walk.curves.copy()
    x = np.arange(101) / 100
    curves[:, CHANNELS.index("knee_angle_r")] -= degrees * np.exp(-0.5 * ((x - 0.73) / 0.1) ** 2)
    return walk.replaced(curves=curves)


def one_leg(walk: Walks) -> Walks:
    return walk.only([c for c in CHANNELS if not c.endswith("_l")])
