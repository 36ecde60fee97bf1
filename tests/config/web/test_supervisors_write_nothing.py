"""P57: whoever supervises writes nothing but that they looked, what they may ask for, and their own tools.

Each address is posted to with the fund's own code, as a form would; every table of the database is counted
before and after.
"""

from typing import Any

import pytest
from django.db import connections

from tests.config.web.test_matrix import address, cast, patterns, people  # noqa: F401 (fixtures)
from tests.custody.ledger.raw import run
from tests.factories import make_operator
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")
# Of a supervisor: statements made for them, and their programs' tokens. Of the protector: questions and stays
# the deed grants, and the keys of their own people, with which a committee's first key is vouched for.
MAY = {
    "regulator": {"issue_statement", "issue_token", "revoke_token"},
    "protector": {
        "place_stay", "lift_stay", "ask_question", "enrol_key", "revoke_key", "issue_token", "revoke_token",
    },
}  # fmt: skip
LOOKED = {"custody_accessrecord", "custody_refusedattempt"}
STATEMENTS = {"reporting_handout", "custody_document", "custody_anchor"}
SAID: dict[str, Any] = {
    "reason": "随便", "amount": "1.00", "kind": "fund", "form": "xlsx", "state": "paid",
    "decision": "approve",
    "until": "2030-01-01", "question": "为什么", "answer": "因为", "number": "1", "unit": "1-1-101",
}  # fmt: skip


def counts() -> dict[str, int]:
    """How many rows each table has."""
    tables = connections["owner"].introspection.table_names()
    said = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in sorted(tables))
    return dict(run("owner", said))


@pytest.mark.parametrize("kind", sorted(MAY))
def test_what_they_may_do_is_this_and_nothing_else(kind: str) -> None:
    rows = run("owner", "SELECT act FROM custody_permit WHERE organisation_kind = %s", [kind])

    assert {act for (act,) in rows} == MAY[kind]


@pytest.mark.parametrize("role", ["regulator/viewer", "regulator/maker", "protector/keyholder"])
def test_whatever_they_post_moves_nothing(people: dict[str, Any], role: str) -> None:  # noqa: F811
    kind, _, does = role.partition("/")
    person = people[role] if role in people else make_operator(_party(people, kind), does)
    browser, code = browser_of(person), people["fund"].fund.code
    browser.get("/")
    before = counts()
    answers = {
        name: browser.post(address(pattern, code), {**SAID, "fund": code, "code": code}).status_code
        for name, pattern in patterns()
    }
    grown = {name for name, rows in counts().items() if rows != before.get(name)}

    assert grown <= LOOKED | (STATEMENTS if role == "regulator/maker" else set())
    assert max(answers.values()) < 500
    assert {answers["settlement_decide"], answers["payments_file"], answers["people_propose"]} == {404}


def _party(people: dict[str, Any], kind: str) -> Any:  # noqa: F811
    return people[f"{kind}/viewer"].memberships.get().organisation
