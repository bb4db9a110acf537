"""Gait science on arrays: events, strides, parameters, indices, comparison."""
