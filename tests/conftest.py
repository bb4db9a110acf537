"""What every test may ask for."""

from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("house")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the real recordings (../shared/data) are not here")
    return SHARED
