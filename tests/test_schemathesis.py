"""schemathesis asks every described operation a few strange questions: no 5xx, and only what is documented."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks as openapi_checks

from lrs_bridge.app import create_app
from lrs_bridge.services.credentials import SCOPES, create_credential
from lrs_bridge.services.readers import create_reader
from lrs_bridge.settings import Settings
from lrs_bridge.web.api_operation import FORM
from lrs_bridge.web.api_operations import OPERATIONS
from lrs_bridge.web.openapi import NOT_OFFERED

EXAMPLES = 12
CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


class Asked:
    """The application in this process, its description, and headers that open each of its doors."""

    def __init__(self, folder: Path) -> None:
        self.app = create_app(Settings.from_environment({"LRS_BRIDGE_DATA_DIR": str(folder)}))
        bridge = self.app.extensions["lrs_bridge"]
        made, secret = create_credential(bridge, "schemathesis", list(SCOPES))
        _, token = create_reader(bridge, "schemathesis", role="hr")
        basic = b64encode(f"{made.key}:{secret}".encode()).decode()
        self.doors = {"credential": f"Basic {basic}", "reader_token": f"Bearer {token}"}
        self.schema: BaseSchema = schemathesis.openapi.from_wsgi("/openapi.json", self.app)

    def headers(self, endpoint: str) -> dict[str, str]:
        kinds = [kind for kind in OPERATIONS[endpoint].by if kind in self.doors]
        host = "127.0.0.1:8000" if endpoint.partition(".")[0] in {"player", "content", "runtime"} else "localhost:8000"
        version = {"X-Experience-API-Version": "1.0.3"} if endpoint.startswith("xapi") else {}
        return {"Host": host} | version | ({"Authorization": self.doors[kinds[0]]} if kinds else {})


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    made = Asked(tmp_path_factory.mktemp("schemathesis"))
    yield made
    made.app.extensions["lrs_bridge_close"]()


def ways() -> Iterator[tuple[str, GenerationMode]]:
    for endpoint, operation in sorted(OPERATIONS.items()):
        yield endpoint, GenerationMode.POSITIVE
        if operation.query or operation.body.keys() - {FORM}:  # anything at all is a form of text
            yield endpoint, GenerationMode.NEGATIVE


@pytest.mark.parametrize(("endpoint", "mode"), list(ways()), ids=lambda part: getattr(part, "value", part))
def test_strange_questions_get_documented_answers(asked: Asked, endpoint: str, mode: GenerationMode) -> None:
    assert endpoint not in NOT_OFFERED
    operation = asked.schema.find_operation_by_id(endpoint)
    cases = operation.as_strategy(generation_mode=mode)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(choice: st.DataObject) -> None:
        case = choice.draw(cases)
        case.call_and_validate(headers=asked.headers(endpoint), checks=CHECKS)

    ask()
