"""
Gait phase, packet by packet
============================

A foot sensor's packets as a radio link delivers them: some lost, some twice, some late, a stretch of
NaN. What is said of each moment, and how sure it is.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaitsmith.realtime import PhaseStream
from gaitsmith.realtime.faults import Faults, arrivals
from gaitsmith.virtual import average_person, walker

walk = walker(average_person("female"), 1.2, seconds=12.0)
foot = walk["imu"]["foot_r"][:, :6]
standing = np.tile([0, 9.81, 0, 0, 0, 0], (350, 1))
samples = np.concatenate([standing, foot])  # 100 Hz, acc (m/s²) and gyr (deg/s)
samples[1050:1090] = np.nan  # 0.4 s without a reading

ticks = []
stream = PhaseStream(side="right", on_tick=lambda e: ticks.append(e.copy()))
rows, _ = arrivals(len(samples), 100.0, Faults(lost=0.05), np.random.default_rng(0))
for row in rows:
    now = stream.push(samples[row], counter=int(row))
    if now.state == "lost":
        ticks.append(now.copy())
print(stream.clock.lost, "lost,", stream.clock.doubled, "doubled,", stream.clock.late, "late")
print([f"{e.event} {e.event_s:.2f} s" for e in ticks if e.event][:4])

# %%
# Gait % (top, with the walk's own strikes), the foot's rate with the strikes that were found, and
# the confidence. Before the first stride is over nothing is said; while readings are missing it
# falls to nothing.

time = np.array([e.time_s for e in ticks])
figure, axes = plt.subplots(3, 1, sharex=True, figsize=(9, 5), layout="constrained")
axes[0].plot(time, [e.percent for e in ticks], ".", ms=2)
for strike in walk.events.times("strike", "right"):
    axes[0].axvline(strike - walk["imu"].start + 3.5, color="0.7", lw=1)
axes[0].set(ylabel="gait %")
axes[1].plot(np.arange(len(samples)) / 100, samples[:, 5], color="0.5", lw=1)
for e in ticks:
    if e.event == "strike":
        axes[1].axvline(e.event_s, color="tab:blue", lw=1)
axes[1].set(ylabel="deg/s")
axes[2].plot(time, [e.confidence for e in ticks], color="tab:green")
axes[2].set(ylabel="confidence", xlabel="s", ylim=(0, 1.05))
plt.show()
