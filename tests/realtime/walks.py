"""Foot sensors of a virtual walk: standing, walking, as a device would send them."""

from functools import cache

import numpy as np

from gaitsmith.virtual import average_person, walker


@cache
def virtual(seconds=14.0, rate=100.0):
    """Strikes (s) and n × 6 of the right foot of a virtual walk (canonical frame), with 3.5 s of standing before."""
    walk = walker(average_person("female"), 1.2, seconds=seconds)
    stream = walk["imu"].resample(rate)
    data = stream["foot_r"][:, :6]
    stand = np.zeros((round(3.5 * rate), 6))
    stand[:, 1] = 9.80665
    strikes = walk.events.times("strike", "right") - stream.start + len(stand) / rate
    return np.concatenate([stand, data]), strikes
