"""Gait phase as it happens: gait %, stance or swing, walking or not, tick by tick, foot by foot.

``estimate_phase(recording)`` is the function users call (:mod:`gaitsmith.models.phase.api`);
``gaitsmith.realtime`` runs the same weights sample by sample.
"""
