"""Tokens: made by an organisation's own people for its seated machine, kept as a digest, ended at once."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate

from custody.kernel.errors import Forbidden, NotFound, Rejected
from custody.models import ApiToken, Permit, TokenScope
from custody.permits.acts import Act
from custody.seats.tokens import digest_of, issue_token, revoke_token, token_shown
from tests.config.api.programs import Program, now, program_of
from tests.custody.ledger.raw import refused, run, undone
from tests.factories import TestFund, make_fund, make_operator

pytestmark = pytest.mark.usefixtures("committed_db")
TURNS_KEYS = (
    "turn_first_key",
    "turn_second_key",
    "withdraw_key",
    "reject_invoice",
    "enrol_key",
    "revoke_key",
)
TYPED = """
    INSERT INTO custody_apitoken
        (organisation_id, operator_id, name, prefix, sha256, scope, expires_on, issued_by_id)
    VALUES (%s, %s, 'typed', substr(md5(random()::text), 1, 8), md5(random()::text), 'submit', %s, %s)"""


@pytest.fixture
def at(committed_db: None) -> TestFund:
    return make_fund()


def asked(at: TestFund, **changed: Any) -> dict[str, Any]:
    today = localdate(now())
    facts: dict[str, Any] = {
        "fund": at.fund,
        "machine": "",
        "name": "ERP",
        "scope": TokenScope.SUBMIT,
        "expires_on": today + timedelta(days=90),
        "actor": at.provider_clerk,
        "at": now(),
    }
    return facts | changed


def test_a_token_is_shown_once_and_kept_as_a_digest(at: TestFund) -> None:
    program = program_of(at.fund, at.provider)
    kept = ApiToken.objects.get(prefix=program.prefix)

    assert program.text.startswith(f"pst_{kept.prefix}_")
    assert kept.sha256 == digest_of(program.text)
    assert program.text not in str(run("owner", "SELECT t::text FROM custody_apitoken t"))
    assert token_shown(program.text) == kept
    assert token_shown(program.text[:-1]) is None


def test_people_make_tokens_of_their_own_organisation_for_a_machine_that_is_seated(at: TestFund) -> None:
    clerk = make_operator(at.provider, "clerk")
    theirs, mine = make_operator(at.trustee, "machine"), make_operator(at.provider, "machine")

    for machine in (theirs.username, clerk.username, "no-such"):
        with pytest.raises(NotFound):
            issue_token(**asked(at, machine=machine))
    with pytest.raises(Forbidden):
        issue_token(**asked(at, machine=mine.username, actor=mine))
    for day in (localdate(now()), localdate(now()) + timedelta(days=367)):
        with pytest.raises(Rejected):
            issue_token(**asked(at, machine=mine.username, expires_on=day))
    with pytest.raises(Rejected):
        issue_token(**asked(at, machine=mine.username, name=" "))


@pytest.mark.parametrize("role", ["default", "owner"])
def test_the_database_asks_the_same_of_a_token_typed_by_hand(at: TestFund, role: str) -> None:
    machine = make_operator(at.provider, "machine")
    soon, firm, clerk = localdate(now()) + timedelta(days=9), at.provider.pk, at.provider_clerk.pk
    wrong = {
        "token_of_the_own_organisation": (firm, machine.pk, soon, at.actor.pk),
        "token_acts_as_a_machine": (firm, clerk, soon, clerk),
        "token_ends_within_a_year": (firm, machine.pk, date(2999, 1, 1), clerk),
    }

    with undone(using=role):
        run(role, TYPED, [firm, machine.pk, soon, clerk])
    for constraint, facts in wrong.items():
        with refused(constraint=constraint, using=role):
            run(role, TYPED, list(facts))


@pytest.mark.parametrize("table", ["custody_apitoken", "custody_apitokenrevocation", "custody_keptanswer"])
def test_what_was_made_stays_as_written(at: TestFund, table: str) -> None:
    with refused(state="23001"):
        run("owner", f"UPDATE {table} SET id = id")
    with refused(state="42501", using="default"):
        run("default", f"DELETE FROM {table}")


def test_a_revoked_token_is_good_for_nothing_and_stays_on_record(at: TestFund) -> None:
    program = program_of(at.fund, at.provider)
    stranger = make_fund()

    assert program.get("funds").status_code == 200
    with pytest.raises(Forbidden):
        revoke_token(prefix=program.prefix, reason="x", actor=stranger.provider_clerk, at=now())
    with pytest.raises(Rejected):
        revoke_token(prefix=program.prefix, reason=" ", actor=at.provider_clerk, at=now())
    first = revoke_token(prefix=program.prefix, reason="泄露", actor=at.actor, at=now())
    again = revoke_token(prefix=program.prefix, reason="又说", actor=at.provider_clerk, at=now())

    assert (again.pk, again.reason) == (first.pk, "泄露")
    assert program.get("funds").status_code == 401


def test_a_machine_holds_no_permit_that_turns_a_key() -> None:
    permitted = set(Permit.objects.filter(role="machine").values_list("act", flat=True))

    assert permitted.isdisjoint(TURNS_KEYS)
    assert set(TURNS_KEYS) < {act.value for act in Act}


def test_the_commands_make_one_and_end_it(at: TestFund, capsys: pytest.CaptureFixture[str]) -> None:
    machine, day = make_operator(at.provider, "machine"), localdate(now()) + timedelta(days=9)
    clerk = at.provider_clerk.username
    call_command(
        "issue_token", fund=at.fund.code, actor=clerk, machine=machine.username, name="ERP", scope="read",
        expires=day,
    )  # fmt: skip
    text = capsys.readouterr().out.split()[-1]
    program = Program(text, machine, text.split("_")[1])

    assert program.get("funds").status_code == 200
    assert program.post("invoices", {}).status_code in (403, 404, 405, 422)
    call_command("revoke_token", program.prefix, reason="换新", actor=clerk)
    assert program.get("funds").status_code == 401
    with pytest.raises(CommandError):
        call_command("revoke_token", "00000000", reason="x", actor=clerk)
