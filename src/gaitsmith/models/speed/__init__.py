"""Speed transfer: how a person would walk at speeds that were never recorded.

``change_speed(recording, to=[...])`` is the function users call (:mod:`gaitsmith.models.speed.api`).
"""
