"""Layouts of tables: which columns mean what, one file a layout.

A layout has ``NAME``; ``fits(table, source) -> bool``, quick and never failing; and
``read(table, source, hints) -> Recording``. The first that fits reads the table; ``generic`` stands
last and takes everything that names its columns.
"""
