"""What a program reads of its funds, and what it is told when it asks for more."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localdate

from custody.api import callers
from custody.models import Membership
from tests.config.api.programs import now, program_of
from tests.custody.ledger.raw import run
from tests.factories import TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def at(committed_db: None) -> TestFund:
    fund = make_fund()
    fund.fill("1234.50")
    fund.fill("1000", book="maintenance")
    return fund


def problem(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"] == f"/problems/{said['code']}"
    return answer.status_code, said["code"]


def test_whoever_shows_no_token_is_told_how(at: TestFund) -> None:
    for headers in ({}, {"Authorization": "Bearer pst_x"}, {"Authorization": "Basic eA=="}):
        answer = Client().get("/api/v1/funds", headers=headers)
        assert problem(answer) == (401, "token-required")
        assert answer["WWW-Authenticate"] == "Bearer"


def test_balances_are_text_and_the_same_now_as_then_known(at: TestFund) -> None:
    program = program_of(at.fund, at.trustee)
    said = program.get(f"funds/{at.fund.code}/balances").json()
    then = (now() - timedelta(seconds=1)).isoformat().replace("+", "%2B")
    known = program.get(f"funds/{at.fund.code}/balances?known_at={then}").json()

    assert said["cash"] == "2234.50"
    assert [(each["book"], each["cash"], each["available"]) for each in said["books"]] == [
        ("operating", "1234.50", "1234.50"),
        ("maintenance", "1000.00", "1000.00"),
    ]
    assert [each["cash"] for each in known["books"]] == [each["cash"] for each in said["books"]]
    assert problem(program.get(f"funds/{at.fund.code}/balances?on=2999-01-01")) == (422, "day-ahead")
    assert problem(program.get(f"funds/{at.fund.code}/balances?on=2999")) == (422, "unfit")


def test_the_journal_is_followed_by_its_sequence(at: TestFund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.ledger.browsing.ENTRIES_A_PAGE", 1)
    monkeypatch.setattr("custody.api.funds.ENTRIES_A_PAGE", 1)
    program, where = program_of(at.fund, at.trustee), f"funds/{at.fund.code}/entries"
    first = program.get(where)
    following = first["Link"].partition("?")[2].partition(">")[0]
    second = program.get(f"{where}?{following}").json()

    assert [each["sequence"] for each in first.json()["items"] + second["items"]] == [1, 2]
    assert (first.json()["next"], second["next"]) == (1, None)
    whole = program.get(f"{where}/1").json()
    assert sorted(line["amount"] for line in whole["lines"]) == ["-1234.50", "1234.50"]
    assert problem(program.get(f"{where}/999")) == (404, "not-found")


def test_memos_and_sources_are_the_for_the_trust_company_alone(at: TestFund) -> None:
    where = f"funds/{at.fund.code}/entries"
    whole = program_of(at.fund, at.trustee).get(where).json()["items"][0]
    part = program_of(at.fund, at.committee).get(where).json()["items"][0]

    assert whole["memo"] == "期初移交"
    assert (part["memo"], part["source"], part["amount"]) == (None, None, whole["amount"])
    assert problem(program_of(at.fund, at.provider).get(where)) == (404, "not-found")


def test_a_read_that_has_not_changed_is_not_sent_again(at: TestFund) -> None:
    program, where = program_of(at.fund, at.trustee), f"funds/{at.fund.code}/balances"
    mark = program.get(where)["ETag"]
    again = program.get(where, **{"If-None-Match": mark})
    at.fill("1")

    assert (again.status_code, again.content) == (304, b"")
    assert program.get(where, **{"If-None-Match": mark}).status_code == 200


def test_the_proof_of_a_day_and_the_budget_of_a_year(at: TestFund) -> None:
    program = program_of(at.fund, at.protector)
    today = localdate(now()).isoformat()
    day = program.get(f"funds/{at.fund.code}/days/{today}").json()

    assert (day["proven"], day["bank"], day["book"]) == (False, None, "2234.50")
    assert problem(program.get(f"funds/{at.fund.code}/days/2999-01-01")) == (404, "not-found")
    assert program.get(f"funds/{at.fund.code}/budget?year=2025").json()["lines"] == []


def test_a_token_asks_so_often_a_minute(at: TestFund, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "CALLS_A_MINUTE_MAX", 2)
    program = program_of(at.fund, at.trustee)
    answers = [program.get("funds") for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_an_expired_token_and_a_machine_that_left_are_nobody(at: TestFund) -> None:
    program = program_of(at.fund, at.trustee)
    Membership.objects.using("owner").filter(operator_id=program.machine.pk).update(
        valid_until=localdate(now())
    )
    expired = program_of(at.fund, at.trustee)
    with_days = "ALTER TABLE custody_apitoken {} TRIGGER append_only"
    run("owner", with_days.format("DISABLE"))
    run(
        "owner",
        "UPDATE custody_apitoken SET expires_on = issued_at::date WHERE prefix = %s",
        [expired.prefix],
    )
    run("owner", with_days.format("ENABLE"))

    assert problem(program.get("funds")) == (401, "token-required")
    assert problem(expired.get("funds")) == (401, "token-required")
