"""OpenSim as an oracle, where it is installed."""

from typing import Any

import pytest


def load_opensim() -> Any:
    """The package, silent and without its log file; the test is skipped where it is absent."""
    opensim = pytest.importorskip("opensim")
    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("off")
    return opensim
