"""
Ground forces without force plates
==================================

Joint angles and the body's mass in, ground reaction forces of each foot out, with 90 % bands. The
virtual person's true forces stand beside them.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaitsmith.models.forces.api import estimate_forces
from gaitsmith.virtual import average_person, walker

whole = walker(average_person("female"), 1.2, seconds=5.0)
result = estimate_forces(whole.select("angles"), mass=62.0)  # or read("walk.mot")
found, true = result.forces, whole.forces
print(found.labels, found.data.shape, "time × foot × (force, centre of pressure, free moment)")

# %%
# Vertical (top) and forward force in body weights: estimated (colour) and true (grey).

weight = 62.0 * 9.80665
figure, axes = plt.subplots(2, 1, sharex=True, figsize=(9, 4.5), layout="constrained")
for axis, k, name in zip(axes, (1, 0), ("vertical", "forward"), strict=True):
    for side, colour in (("l", "tab:red"), ("r", "tab:blue")):
        label = f"foot_{side}"
        axis.plot(true.times, true[label][:, k] / weight, color="0.7", lw=3)
        axis.plot(found.times, found[label][:, k] / weight, color=colour, label=label)
    axis.set(ylabel=f"{name} (body weights)", xlim=(1, 4))
axes[0].legend()
axes[1].set(xlabel="s")
plt.show()

# %%
# How far apart they are, in % of body weight.

for side in "lr":
    at = np.searchsorted(true.times, found.times).clip(0, len(true) - 1)
    error = found[f"foot_{side}"][:, 1] - true[f"foot_{side}"][at, 1]
    print(
        f"foot_{side}: {100 * np.sqrt(np.nanmean(error**2)) / weight:.1f} % of body weight (vertical, RMS)"
    )
