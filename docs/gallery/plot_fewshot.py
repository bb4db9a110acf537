"""
A personal model from three strides, and a repair
=================================================

A few strides of a person make a model that generates more of them, with their spread, and fills
what was lost in a recording.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaitsmith.models.fewshot.api import generate, personalize
from gaitsmith.models.fewshot.repair import repair
from gaitsmith.virtual import average_person, walker

walk = walker(average_person("female"), 1.2, seconds=8.0).select("angles")
me = personalize([walk], speed_m_s=1.2, strides=3)  # or [read("walk.mot")]
made = generate(me, 30, seed=0, speed_m_s=1.2)
for leg, cycles in made.cycles.items():
    print(f"{leg}: {cycles.shape} stride × time × {made.labels}")

# %%
# Thirty new strides of one leg.

figure, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
leg, cycles = next(iter(made.cycles.items()))
x = np.linspace(0, 100, cycles.shape[1])
for axis, name in zip(axes, ("hip_flexion", "knee_angle", "ankle_angle"), strict=True):
    k = next(i for i, label in enumerate(made.labels) if label.startswith(name))
    axis.plot(x, cycles[:, :, k].T, color="tab:blue", alpha=0.3)
    axis.set(title=f"{name}, {leg}", xlabel="% of stride", ylabel=made.units[k])
plt.show()

# %%
# A third of a second of the right knee is lost, and filled; the band says how sure that is.

angles = walk.angles
lost = angles.data.copy()
gap = slice(400, 433)
knee = angles.labels.index("knee_angle_r")
lost[gap, knee] = np.nan
damaged = walk.with_stream(type(angles)("angles", lost, angles.labels, rate=angles.rate))
whole = repair(damaged)
print(whole.words)
filled, sd = whole.recording.angles.data[:, knee], whole.bands["angles"][:, knee]
shown = slice(300, 540)
time = angles.times[shown]
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
axis.plot(time, angles.data[shown, knee], color="0.6", lw=4, label="true")
axis.plot(time, filled[shown], color="tab:green", label="filled")
low, high = (filled[shown] + s * 1.645 * sd[shown] for s in (-1, 1))
axis.fill_between(time, low, high, color="tab:green", alpha=0.25, label="90 % band")
axis.axvspan(time[100], time[132], color="0.9", zorder=0, label="lost")
axis.set(xlabel="s", ylabel="right knee (°)")
axis.legend(loc="upper left")
plt.show()
print(f"off by {np.abs(filled - angles.data[:, knee])[gap].max():.1f}° at most")
