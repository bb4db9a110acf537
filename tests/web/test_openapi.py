"""The API against its own description: whatever is sent, no error of the server."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from gaitsmith.web.app import create_app
from gaitsmith.web.limits import Limits
from tests.web.servers import OURS

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    limits = Limits(drafts=100_000, file_mb=0.5)
    app = create_app(tmp_path_factory.mktemp("web"), hosts={"localhost", "testserver"}, limits=limits)  # fmt: skip
    return schemathesis.openapi.from_asgi("/api/openapi.json", app, headers={"host": "localhost"})


def test_nothing_sent_breaks_the_server(schema):
    paths = []
    for result in schema.get_all_operations():
        operation = result.ok()
        paths.append(operation.path)

        @given(case=operation.as_strategy())
        @SETTINGS
        def attacked(case):
            answer = case.call(headers={**OURS, "host": "localhost"})
            assert answer.status_code < 500, answer.text

        attacked()
    assert len(paths) >= 14
