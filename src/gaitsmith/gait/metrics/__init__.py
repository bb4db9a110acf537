"""Error measures, as the publications that gaitsmith compares itself with define them.

Pure functions on arrays; nothing here knows a model or a data set.

==================  ===========================================================================
module              measures
==================  ===========================================================================
``curves``          MAE, RMSE, nRMSE, r; bands: coverage, width, spread of generated strides
``cycles``          cycle MAE with greedy matching and r, cadence and its error, rank among people
``sequences``       DTW; circular errors of gait %; gait % to (sin, cos) and back
``events``          F1, missed, spurious, bias, timing; detection delay
``classes``         accuracy, balanced accuracy, macro F1, AUC; localisation, detection at a
                    family-wise threshold
``forces``          %BW, %BW·height; errors over stance, peaks, impulses, centre of pressure,
                    agreement with the whole-body equation of motion
``people``          mean over people of means; paired bootstrap of differences
==================  ===========================================================================
"""

from __future__ import annotations

from gaitsmith.gait.metrics.classes import (
    Detection,
    accuracy,
    auc,
    balanced_accuracy,
    confusion,
    detection,
    localisation,
    macro_f1,
)
from gaitsmith.gait.metrics.curves import (
    coverage,
    interval_width,
    mae,
    nrmse,
    pearson,
    rmse,
    spread,
)
from gaitsmith.gait.metrics.cycles import (
    CycleError,
    cadence,
    cadence_error,
    cycle_error,
    cycles_from_hip,
    match_cycles,
    nearest_source,
    rank,
    rank_control,
)
from gaitsmith.gait.metrics.events import EventScore, detection_delay, match_times, score_events
from gaitsmith.gait.metrics.forces import (
    centre_of_pressure_error,
    consistency,
    force_error,
    impulse_error,
    peak_error,
    percent_bw,
    percent_bw_height,
)
from gaitsmith.gait.metrics.people import Interval, over_people, paired_difference
from gaitsmith.gait.metrics.sequences import (
    circular_difference,
    circular_mae,
    circular_mean,
    circular_rmse,
    dtw,
    from_circle,
    to_circle,
)

__all__ = [
    "CycleError",
    "Detection",
    "EventScore",
    "Interval",
    "accuracy",
    "auc",
    "balanced_accuracy",
    "cadence",
    "cadence_error",
    "centre_of_pressure_error",
    "circular_difference",
    "circular_mae",
    "circular_mean",
    "circular_rmse",
    "confusion",
    "consistency",
    "coverage",
    "cycle_error",
    "cycles_from_hip",
    "detection",
    "detection_delay",
    "dtw",
    "force_error",
    "from_circle",
    "impulse_error",
    "interval_width",
    "localisation",
    "macro_f1",
    "mae",
    "match_cycles",
    "match_times",
    "nearest_source",
    "nrmse",
    "over_people",
    "paired_difference",
    "peak_error",
    "pearson",
    "percent_bw",
    "percent_bw_height",
    "rank",
    "rank_control",
    "rmse",
    "score_events",
    "spread",
    "to_circle",
]
