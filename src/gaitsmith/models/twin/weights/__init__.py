"""Weights that are in the package."""
