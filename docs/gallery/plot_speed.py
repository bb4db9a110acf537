"""
The same person at other speeds
===============================

From one recording at one speed: how this person would walk slower and faster, and how sure that is.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaitsmith.models.speed.api import change_speed
from gaitsmith.virtual import average_person, walker

recording = walker(average_person("female"), 1.1, seconds=8.0)
result = change_speed(recording, to=[0.7, 1.5], speed_m_s=1.1)
for walk in result.walks:
    print(f"{walk.asked} m/s: {walk.cadence:.0f} steps/min, stride {walk.stride_length:.2f} m")

# %%
# Mean curves with 90 % bands.

x = np.linspace(0, 100, 101)
figure, axes = plt.subplots(1, 3, figsize=(10, 3))
for walk, colour in zip(result.walks, ("tab:green", "tab:purple"), strict=True):
    mean, sd = walk.mean["right"], walk.sd["right"]
    for j, (axis, joint) in enumerate(zip(axes, ("hip", "knee", "ankle"), strict=True)):
        axis.plot(x, mean[j], color=colour, label=f"{walk.asked} m/s")
        axis.fill_between(
            x, mean[j] - 1.645 * sd[j], mean[j] + 1.645 * sd[j], color=colour, alpha=0.2
        )
        axis.set(title=joint, xlabel="% of stride", ylabel="°")
axes[0].legend()
plt.show()
