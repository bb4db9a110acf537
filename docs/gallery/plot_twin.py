"""
Which joint does not fit, and the walk as it would be
=====================================================

A virtual person with a stiff left knee: which joints are unusual, and the normative twin, in which
they fit. It is estimated and names no disease.
"""

import matplotlib.pyplot as plt
import numpy as np

from gaitsmith.models.twin.api import find_twin
from gaitsmith.virtual import Fault, average_person, walker

stiff = Fault("stiff_knee", "left", 0.8)
recording = walker(average_person("female"), 1.2, seconds=6.0, faults=(stiff,))
result = find_twin(recording, speed_m_s=1.2)  # or read("walk.mot")
print(result.summary)
for finding in result.findings[:4]:
    print(
        f"{finding.channel}: {finding.posture:.1f} SD, changed with a chance of {finding.changed:.2f}"
    )

# %%
# Recorded (line), twin (dotted) and the band of normal people at this speed.

x = np.linspace(0, 100, 101)
by_name = {f.channel: f for f in result.findings}
figure, axes = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
for axis, name in zip(axes, ("hip_flexion_l", "knee_angle_l", "knee_angle_r"), strict=True):
    f = by_name[name]
    axis.fill_between(x, f.low_band, f.high_band, color="0.85")
    axis.plot(x, f.recorded, color="tab:red" if name.endswith("_l") else "tab:blue")
    axis.plot(x, f.twin, ":", color="tab:purple", lw=2)
    axis.set(title=name, xlabel="% of stride", ylabel="°")
plt.show()

# %%
# The twin is a recording like any other.

result.twin.write("twin.mot", force=True)
