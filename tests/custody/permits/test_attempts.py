"""Refused attempts stay on record: who tried what when, on which fund, and why not (P30)."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from custody.kernel.errors import Forbidden, Rejected
from custody.models import Operator, RefusedAttempt
from custody.permits import attempts
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import Said, Small, small_estate
from tests.factories import member_of

pytestmark = pytest.mark.usefixtures("committed_db")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TYPED = """
    INSERT INTO custody_refusedattempt (operator_id, act, code, reason, attempted_at)
    VALUES (%s, 'x', 'x', 'x', %s) RETURNING attempted_at"""


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def tried(small: Small, who: Operator, *options: str) -> str:
    """What the command that imports a statement says to somebody who may not."""
    path = small.statement([Said("2025-07-02", "10.00", "路人")])
    asked = ("--fund", small.fund.code, "--actor", who.username, str(path), *options)
    with pytest.raises(CommandError) as caught:
        call_command("import_bank_statement", *asked, stdout=io.StringIO(), stderr=io.StringIO())
    assert caught.value.returncode == 2
    return str(caught.value)


def test_a_refused_command_leaves_who_tried_what_on_which_fund_and_why(small: Small) -> None:
    viewer = member_of(small.fund, "trustee", "viewer")

    said = tried(small, viewer)

    attempt = RefusedAttempt.objects.get(operator=viewer)
    assert (attempt.act, attempt.fund, attempt.code) == (
        "import_bank_statement",
        small.fund,
        "role-without-permit",
    )
    assert attempt.reason in said


def test_a_refused_rehearsal_is_on_record_too(small: Small) -> None:
    clerk = member_of(small.fund, "provider", "clerk")

    tried(small, clerk, "--dry-run")

    assert RefusedAttempt.objects.filter(operator=clerk).count() == 1


def test_every_attempt_counts(small: Small) -> None:
    clerk = member_of(small.fund, "provider", "clerk")

    for _ in range(2):
        tried(small, clerk)

    assert RefusedAttempt.objects.filter(operator=clerk).count() == 2


def test_what_is_refused_for_another_reason_is_no_such_attempt(small: Small) -> None:
    before = RefusedAttempt.objects.count()

    with pytest.raises(Rejected), attempts.on_record():
        raise Rejected("不足")

    assert RefusedAttempt.objects.count() == before


def test_a_refusal_about_keys_is_on_record_with_what_the_edge_knows(small: Small) -> None:
    person = member_of(small.fund, "committee", "keyholder")

    with pytest.raises(Forbidden), attempts.on_record(username=person.username, fund=small.fund.code):
        raise Forbidden("两把密码", code="keys-in-one-hand")

    attempt = RefusedAttempt.objects.get(operator=person)
    assert (attempt.code, attempt.fund) == ("keys-in-one-hand", small.fund)


def test_somebody_switched_off_is_on_record_too(small: Small) -> None:
    Operator.objects.using("owner").filter(pk=small.actor.pk).update(is_active=False)

    tried(small, small.actor)

    attempt = RefusedAttempt.objects.get(operator=small.actor)
    assert (attempt.act, attempt.fund) == ("", small.fund)


def test_the_record_is_not_written_where_a_rollback_would_take_it_along(small: Small) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), attempts.on_record():
        raise Forbidden("x")


def test_an_attempt_is_dated_by_the_databases_clock(small: Small) -> None:
    ((dated,),) = run("default", TYPED, [small.actor.pk, LONG_AGO])

    assert datetime.now(UTC) - dated < timedelta(minutes=5)


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE custody_refusedattempt SET reason = ''",
        "DELETE FROM custody_refusedattempt",
        "TRUNCATE custody_refusedattempt",
    ],
)
def test_nobody_changes_or_removes_an_attempt(role: str, statement: str) -> None:
    with refused(using=role):
        run(role, statement)
