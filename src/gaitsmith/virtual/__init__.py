"""People with known truth."""

from gaitsmith.virtual.example import example

__all__ = ["example"]
