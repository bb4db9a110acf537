"""One module a public set; see :mod:`gaitsmith.datasets.base` for what a module has."""
