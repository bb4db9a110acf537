"""The API against its own description: whatever is sent, no error of the server."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gaitsmith.web.app import create_app
from gaitsmith.web.limits import Limits
from tests.web.servers import OURS

#: What a browser, a plugin or a program may call its origin, and what none would.
ORIGINS = st.one_of(
    st.none(), st.just("http://localhost"),
    st.sampled_from(["http://[", "http://]", "http://[::1", "null", "", "://", "http://a:b:c", "http://localhost:99999"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
)  # fmt: skip
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


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

        @given(case=operation.as_strategy(), origin=ORIGINS)
        @SETTINGS
        def attacked(case, origin):
            said = {} if origin is None else {"origin": origin}
            answer = case.call(headers={**OURS, "host": "localhost", **said})
            assert answer.status_code < 500, answer.text

        attacked()
    assert len(paths) >= 14
