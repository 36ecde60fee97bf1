"""Paybacks by raw SQL: to no other account, on two keys, of money in suspense, by the bank's evidence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from custody.models import LineExplanation
from settlement.payments.paying_back import report_payback_failed
from tests import factories
from tests.custody.ledger.raw import refused, run
from tests.settlement.desk import AT
from tests.settlement.payments.paybacks import ACCOUNT, PAYER, Suspended, suspended

pytestmark = pytest.mark.usefixtures("committed_db")

ROLES = pytest.mark.parametrize("role", ["default", "owner"])


@pytest.fixture
def back(settings: Settings, tmp_path: Path, committed_db: None) -> Suspended:
    settings.BANK_OUTBOX = tmp_path
    return suspended()


@contextmanager
def refused_at_commit(constraint: str, role: str) -> Iterator[None]:
    """What is judged at commit is judged now."""
    with refused(constraint=constraint, using=role):
        yield
        run(role, "SET CONSTRAINTS ALL IMMEDIATE")


def propose(back: Suspended, role: str, **said: Any) -> None:
    """A payback as typed."""
    row = {
        "line_id": back.line.pk, "fund_id": back.line.fund_id, "amount": "50", "amount_currency": "CNY",
        "holder": PAYER, "number": ACCOUNT, "bank_name": "工行", "clearing_number": "", "document_id": None,
        "reason": "x", "proposed_by_id": back.desk.at.actor.pk, "state": "proposed", "evidence": "",
    } | said  # fmt: skip
    run(
        role,
        f"INSERT INTO custody_payback ({','.join(row)}) VALUES ({','.join(['%s'] * len(row))})",
        list(row.values()),
    )


def change(back: Suspended, role: str, what: str) -> None:
    run(role, f"UPDATE custody_payback SET {what} WHERE line_id = %s", (back.line.pk,))


@ROLES
@pytest.mark.parametrize(
    "said",
    [
        {"number": "6222999"}, {"holder": "另一人"}, {"amount": "49"}, {"amount": "51"},
        {"amount": "-50"},
    ],
)  # fmt: skip
def test_it_goes_whole_to_where_it_came_from(back: Suspended, role: str, said: dict[str, Any]) -> None:
    with refused(constraint="payback_to_where_it_came_from", using=role):
        propose(back, role, **said)


@ROLES
def test_a_viewer_asks_for_nothing(back: Suspended, role: str) -> None:
    viewer = factories.make_operator(back.desk.at.trustee, "viewer")
    with refused(constraint="payback_proposed_by_the_desk", using=role):
        propose(back, role, proposed_by_id=viewer.pk)


@ROLES
def test_a_line_of_another_fund_goes_nowhere(back: Suspended, role: str) -> None:
    other = suspended()
    with refused(constraint="payback_of_its_funds_line", using=role):
        propose(
            back, role, fund_id=other.line.fund_id, proposed_by_id=other.desk.at.actor.pk
        )  # fmt: skip


@ROLES
def test_a_receipt_is_promised_back_once(back: Suspended, role: str) -> None:
    back.approved()
    with refused(constraint="payback_of_a_line_once", using=role):
        propose(back, role)


@ROLES
@pytest.mark.parametrize("state", ["released", "instructed", "paid", "failed"])
def test_no_step_is_skipped(back: Suspended, role: str, state: str) -> None:
    back.proposed()
    with refused(constraint="state_move_is_legal", using=role):
        change(back, role, f"state = '{state}'")


@ROLES
def test_approved_needs_the_committees_key_and_a_hold(back: Suspended, role: str) -> None:
    back.proposed()
    with refused(constraint="payback_promised_is_held", using=role):
        change(back, role, "state = 'approved'")


@ROLES
def test_released_needs_both_keys(back: Suspended, role: str) -> None:
    back.approved()
    with refused_at_commit("payback_needs_two_keys", role):
        change(back, role, "state = 'released'")


@ROLES
def test_instructed_needs_an_order(back: Suspended, role: str) -> None:
    back.released()
    with refused(constraint="payback_instructed_by_its_order", using=role):
        change(back, role, "state = 'instructed'")


@ROLES
def test_an_order_needs_a_standing_release(back: Suspended, role: str) -> None:
    batch = back.instructed()
    other = suspended()
    payback = other.approved()
    with refused(constraint="payback_order_is_released", using=role):
        run(
            role,
            "INSERT INTO settlement_paybackorder (batch_id, payback_id, fund_id, end_to_end_id)"
            " VALUES (%s, %s, %s, 'TK20250701-0123456789AB-1')",
            (batch.pk, payback.pk, payback.fund_id),
        )


@ROLES
def test_paid_is_the_banks_line(back: Suspended, role: str) -> None:
    back.instructed()
    with refused(constraint="payback_paid_has_a_line", using=role):
        change(back, role, "state = 'paid'")
    with refused_at_commit("payback_held_in_full", role):
        change(back, role, f"state = 'paid', paid_line_id = {back.line.pk}")


@ROLES
def test_failed_is_the_word_of_two(back: Suspended, role: str) -> None:
    back.instructed()
    with refused_at_commit("payback_refusal_confirmed_by_a_second", role):
        change(back, role, "state = 'failed'")
    report_payback_failed(payback_id=back.payback.pk, evidence="拒付", actor=back.desk.at.actor, at=AT)
    with refused_at_commit("payback_refusal_confirmed_by_a_second", role):
        change(back, role, "state = 'failed'")


@ROLES
def test_a_report_is_by_the_trust_company_and_stays(back: Suspended, role: str) -> None:
    back.instructed()
    clerk = back.desk.at.provider_clerk.pk
    with refused(constraint="payback_stays_as_proposed", using=role):
        change(back, role, f"evidence = 'x', reported_by_id = {clerk}")
    report_payback_failed(payback_id=back.payback.pk, evidence="拒付", actor=back.desk.at.actor, at=AT)
    with refused(constraint="payback_stays_as_proposed", using=role):
        change(back, role, "evidence = 'y'")


def test_what_was_proposed_stays(back: Suspended) -> None:
    back.proposed()
    with refused(state="42501", using="default"):
        change(back, "default", "number = '6222999'")
    with refused(constraint="payback_stays_as_proposed"):
        change(back, "owner", "number = '6222999'")
    with refused(constraint="append_only"):
        run("owner", "DELETE FROM custody_payback WHERE line_id = %s", (back.line.pk,))


@ROLES
def test_money_promised_back_is_nothing_else(back: Suspended, role: str) -> None:
    back.approved()
    newest = LineExplanation.objects.filter(line=back.line).latest("pk")
    with refused(constraint="promised_back_is_nothing_else", using=role):
        run(
            role,
            "INSERT INTO custody_lineexplanation (line_id, fund_id, kind, entry_sequence, note, explained_at)"
            " VALUES (%s, %s, 'property_fee', %s, '', now())",
            (back.line.pk, back.line.fund_id, newest.entry_sequence),
        )
