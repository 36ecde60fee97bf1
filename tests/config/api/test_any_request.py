"""Whatever a program sends, the API answers as its description says, and never with a fault of ours."""

from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.api.describing import described
from config.api.door import api
from config.wsgi import application
from custody.api import callers
from tests.config.api.programs import Program
from tests.config.api.test_api_matrix import KINDS, cast, programs  # noqa: F401 (fixtures)
from tests.draws import examples

pytestmark = pytest.mark.usefixtures("committed_db")
A_RULE_MAY_REFUSE = [positive_data_acceptance]  # a day ahead, an invoice known: what no schema says
DRAWS = settings(
    max_examples=examples(2),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
WALKS = settings(DRAWS, stateful_step_count=6)


@pytest.fixture(scope="module")
def schema() -> Any:
    loaded = schemathesis.openapi.from_dict(described(api))
    loaded.app = application
    return loaded


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_a_program_sends_is_a_fault_of_ours(
    programs: dict[str, Any],  # noqa: F811
    schema: Any,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callers, "CALLS_A_MINUTE_MAX", 10**6)
    monkeypatch.setattr(django_settings, "ALLOWED_HOSTS", ["localhost", "testserver"])
    program: Program = programs[kind]
    asked = 0

    def send(case: Any) -> None:
        nonlocal asked
        asked += 1
        if "code" in case.path_parameters:
            case.path_parameters["code"] = programs["own"]
        case.call_and_validate(headers=program.headers, excluded_checks=A_RULE_MAY_REFUSE)

    for found in schema.get_all_operations():
        DRAWS(given(case=found.ok().as_strategy())(send))()

    assert asked >= len(described(api)["paths"])


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_a_program_sends_after_what_it_was_answered_is_a_fault_of_ours(
    programs: dict[str, Any],  # noqa: F811
    schema: Any,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Walks of several calls: what one answer names, the next call asks for."""
    monkeypatch.setattr(callers, "CALLS_A_MINUTE_MAX", 10**6)
    monkeypatch.setattr(django_settings, "ALLOWED_HOSTS", ["localhost", "testserver"])
    program: Program = programs[kind]
    answered: list[int] = []

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Any) -> None:
            if "code" in case.path_parameters:
                case.path_parameters["code"] = programs["own"]

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": program.headers}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            answered.append(response.status_code)
            case.validate_response(
                response,
                excluded_checks=A_RULE_MAY_REFUSE,
                headers=program.headers,
                transport_kwargs=more,
            )

    Walk.run(settings=settings(WALKS, max_examples=examples(15)))

    assert len(answered) > 15
    assert max(answered) < 500
