"""Few-shot personal cycles: a person's strides from one to five of them; gaps filled with a band.

``personalize(recordings)``, ``Personal.generate`` and ``repair(recording)`` are what users call
(:mod:`gaitsmith.models.fewshot.api`, :mod:`gaitsmith.models.fewshot.repair`).
"""
