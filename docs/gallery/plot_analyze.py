"""
One recording in, one report out
================================

Events, strides, parameters and a report from one recording.
"""

import matplotlib.pyplot as plt

import gaitsmith
from gaitsmith.virtual import example

recording = example(stiff_knee="left")  # or gaitsmith.read("walk.mot", "grf.mot")
analysis = gaitsmith.analyze(recording)
for words in analysis.summary:
    print(words)

# %%
# Strides are arrays: stride × 101 points × channel, each side by itself.

figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 3))
for axis, side, colour in zip(axes, ("left", "right"), ("tab:red", "tab:blue"), strict=True):
    strides = analysis.strides[side]
    axis.plot(strides.percent_axis, strides["knee_angle"].T, color=colour, alpha=0.4)
    axis.set(title=f"{side} knee", xlabel="% of stride", ylabel="flexion (°)")
plt.show()

# %%
# The report is one self-contained page; beside it lie the numbers.

print(analysis.write("report", force=True).name)
