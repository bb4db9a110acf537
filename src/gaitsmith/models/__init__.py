"""The five capabilities, one folder each; :mod:`gaitsmith.models.base` is what they share."""
