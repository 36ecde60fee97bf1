"""Each guard tried by raw SQL, past Python: as the application's role and as the tables' owner.

A superuser may switch triggers off; that is PostgreSQL's own exemption and is used here only to show that a
changed content voids the keys even then.
"""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction
from pytest_django import Settings

from custody.ledger import door
from settlement.decisions import approvals
from settlement.models import PaymentOrder
from settlement.payments import answers, sending
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import make_operator
from tests.settlement.desk import AT, Provider, fresh, make_provider, work_line

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
STEP = """
    INSERT INTO settlement_settlementmove
        (settlement_id, fund_id, step, source, target, actor_id, moved_at, reason)
    SELECT settlement_id, fund_id, step + 1, target, %s, actor_id, now(), ''
      FROM settlement_settlementmove WHERE settlement_id = %s ORDER BY step DESC LIMIT 1"""
KEY = """
    INSERT INTO custody_approval
        (fund_id, subject_kind, subject_id, key, operator_id, organisation_id, content_sha256, given_at,
        signed_id)
    VALUES (%s, 'settlement', %s, %s, %s, %s, settlement_content(%s), %s, %s)"""
DRAFT = """
    INSERT INTO settlement_settlement (fund_id, number, issued_on, total, total_currency, seller, buyer,
        book, state, revision, duplicate_answer)
    VALUES (%s, '1', '2025-07-01', 1, 'CNY', '', '', '', 'verified', 1, '')"""
LINE = """
    INSERT INTO settlement_settlementline (settlement_id, fund_id, revision, line_no, budget_code, basis,
        cited, work_order_id, amount, amount_currency)
    VALUES (%s, %s, 1, 9, 'CLN', 'work_order', 'x', %s, 1, 'CNY')"""
ORDER = """
    INSERT INTO settlement_paymentorder (batch_id, settlement_id, fund_id, end_to_end_id, payee_account_id,
        amount, amount_currency, attempt, outcome, evidence)
    SELECT batch_id, settlement_id, fund_id, 'again', payee_account_id, amount, amount_currency, 2,
        'pending', '' FROM settlement_paymentorder WHERE id = %s"""
BATCH = """
    INSERT INTO settlement_paymentbatch (fund_id, message_id, execute_on, content, content_sha256,
        order_count, total, total_currency, created_by_id, created_at)
    VALUES (%s, 'X1', '2025-08-05', 'x', encode(sha256('x'), 'hex'), 1, 1, 'CNY', %s, %s)"""
PAYEE_OF = "(SELECT payee_account_id FROM settlement_settlement WHERE id = %s)"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def refusal(role: str, *statements: tuple[str, list[Any] | None]) -> str:
    """The constraint that refuses these statements in one transaction, at the latest by its end."""
    with (  # noqa: PT012 - the commit is what may refuse
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(using=role),
        connections[role].cursor() as cursor,
    ):
        for sql, arguments in statements:
            cursor.execute(sql, arguments)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or cause.sqlstate or ""


def to(settlement: Any, state: str, source: str | None = None) -> list[tuple[str, list[Any]]]:
    """Raw statements that move a settlement, its history kept tidy."""
    return [
        ("UPDATE settlement_settlement SET state = %s WHERE id = %s", [state, settlement.pk]),
        (
            STEP,
            [state, settlement.pk],
        ),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_a_settlement_begins_as_a_draft(desk: Provider, role: Any) -> None:
    assert refusal(role, (DRAFT, [desk.at.fund.pk])) == "state_begins_at_the_start"


@pytest.mark.parametrize("role", ROLES)
def test_a_state_is_not_skipped(desk: Provider, role: Any) -> None:
    assert refusal(role, *to(desk.verified(), "released")) == "state_move_is_legal"


@pytest.mark.parametrize("role", ROLES)
def test_a_state_does_not_change_without_a_step_on_record(desk: Provider, role: Any) -> None:
    assert refusal(role, to(desk.verified(), "cancelled")[0]) == "settlement_move_is_recorded"


@pytest.mark.parametrize("role", ROLES)
def test_a_step_is_not_recorded_without_the_state_changing(desk: Provider, role: Any) -> None:
    assert refusal(role, to(desk.verified(), "cancelled")[1]) == "settlement_history_ends_at_its_state"


@pytest.mark.parametrize("role", ROLES)
def test_a_step_continues_the_history(desk: Provider, role: Any) -> None:
    _, (sql, arguments) = to(desk.verified(), "paid")

    assert refusal(role, (sql, arguments)) == "settlement_history_is_a_path"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_approved_without_the_first_key(desk: Provider, role: Any) -> None:
    settlement = desk.verified()
    held = door.hold(
        desk.at.account("cash"),
        settlement.total,
        key=f"raw:{settlement.pk}",
        reason="",
        actor_id=desk.at.actor.pk,
        at=AT,
    )
    move, step = to(settlement, "approved")
    sql = (
        "UPDATE settlement_settlement SET state = 'approved', hold_id = %s WHERE id = %s",
        [held, settlement.pk],
    )

    assert move[1][0] == "approved"
    assert refusal(role, sql, step) == "settlement_needs_its_first_key"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_released_without_the_second_key(desk: Provider, role: Any) -> None:
    assert refusal(role, *to(desk.approved(), "released")) == "settlement_needs_two_keys"


@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_paid_that_was_not_ordered(desk: Provider, role: Any) -> None:
    assert refusal(role, *to(desk.released(), "instructed")) == "settlement_follows_its_payment"


def key_sql(
    desk: Provider, settlement: Any, key: str, operator: Any, organisation: Any
) -> tuple[str, list[object]]:
    mark = signing.mark_present(operator, organisation.pk, "settlement", settlement.pk, key)
    return (
        KEY,
        [desk.at.fund.pk, settlement.pk, key, operator.pk, organisation.pk, settlement.pk, AT, mark],
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_payees_people_turn_no_key(desk: Provider, role: Any) -> None:
    keyholder = make_operator(desk.at.provider)
    statement = key_sql(desk, desk.approved(), "release", keyholder, desk.at.provider)

    assert refusal(role, statement) == "key_held_by_its_organisation"


@pytest.mark.parametrize("role", ROLES)
def test_the_committee_does_not_turn_the_second_key(desk: Provider, role: Any) -> None:
    statement = key_sql(desk, desk.approved(), "release", desk.at.committee_key, desk.at.committee)

    assert refusal(role, statement) == "key_held_by_its_organisation"


@pytest.mark.parametrize("role", ROLES)
def test_who_submitted_does_not_release_even_in_sql(desk: Provider, role: Any) -> None:
    from settlement.invoices import submission

    settlement = submission.submit_invoice(
        fund=desk.at.fund,
        invoice=desk.invoice(work_line(desk.work())),
        source_file=None,
        actor=desk.at.trustee_key,
        at=AT,
    )
    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)
    statement = key_sql(desk, settlement, "release", desk.at.trustee_key, desk.at.trustee)

    assert refusal(role, statement, *to(settlement, "released")) == "settlement_maker_turns_no_key"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "change",
    [
        "total = total + 1", "issued_on = issued_on + 1", "payee_account_id = NULL", "book = 'maintenance'",
        "seller = 'x'", "revision = 2", "submitted_by_id = NULL", "duplicate_answer = 'x'",
    ],
)  # fmt: skip
def test_an_approved_invoice_does_not_change(desk: Provider, role: Any, change: str) -> None:
    sql = f"UPDATE settlement_settlement SET {change} WHERE id = %s"

    assert refusal(role, (sql, [desk.approved().pk])) == "settlement_facts_stand"


@pytest.mark.parametrize("role", ROLES)
def test_an_approved_invoice_takes_no_more_lines(desk: Provider, role: Any) -> None:
    settlement = desk.approved()

    assert refusal(role, (LINE, [settlement.pk, desk.at.fund.pk, None])) == "settlement_lines_stand"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settlement_settlement SET total = total + 1, total_currency = 'CNY' WHERE id = %s",
        "UPDATE settlement_settlementline SET amount = amount + 1 WHERE settlement_id = %s",
        "UPDATE settlement_settlementline SET cited = 'other' WHERE settlement_id = %s",
        f"UPDATE settlement_payeeaccount SET number = '999' WHERE id = {PAYEE_OF}",
        f"UPDATE settlement_payeeaccount SET clearing_number = '105651000018' WHERE id = {PAYEE_OF}",
    ],
)
def test_changed_content_voids_both_keys_even_with_the_other_guards_off(desk: Provider, change: str) -> None:
    settlement = desk.released()
    off = [
        ("ALTER TABLE settlement_settlement DISABLE TRIGGER settlement_facts", None),
        ("ALTER TABLE settlement_settlement DISABLE TRIGGER settlement_hold", None),
        ("ALTER TABLE settlement_settlementline DISABLE TRIGGER append_only", None),
        ("ALTER TABLE settlement_payeeaccount DISABLE TRIGGER append_only", None),
    ]

    found = refusal("owner", *off, (change, [settlement.pk]), to(settlement, "instructed")[0])

    assert found == "settlement_needs_two_keys"


@pytest.mark.parametrize("role", ROLES)
def test_claims_beyond_accepted_work_are_refused(desk: Provider, role: Any) -> None:
    work = desk.work("1000")
    desk.submit(desk.invoice(work_line(work, "600")))
    second = desk.submit(desk.invoice(work_line(work, "600")))

    found = refusal(role, *to(second, "submitted"), *to(second, "verified"))

    assert found == "claim_fits_accepted_work"


@pytest.mark.parametrize("role", ROLES)
def test_unaccepted_work_is_refused(desk: Provider, role: Any) -> None:
    settlement = desk.submit(desk.invoice(work_line(desk.work(accepted=False))))

    assert (
        refusal(role, *to(settlement, "submitted"), *to(settlement, "verified")) == "claim_fits_accepted_work"
    )


@pytest.mark.parametrize("role", ROLES)
def test_claims_beyond_the_budget_are_refused(desk: Provider, role: Any) -> None:
    desk.budget("CLN", "999")
    settlement = desk.submit(desk.invoice(work_line(desk.work("1000"))))

    assert refusal(role, *to(settlement, "submitted"), *to(settlement, "verified")) == "claim_fits_budget"


@pytest.mark.parametrize("role", ROLES)
def test_one_number_is_paid_at_one_estate(desk: Provider, role: Any) -> None:
    first = make_provider().verified()
    second = desk.submit(desk.invoice(work_line(desk.work()), number=first.number))

    assert refusal(role, *to(second, "submitted"), *to(second, "verified")) == "invoice_once_across_estates"


FACTS = [
    "budgetline", "payeeaccount", "workorder", "assessment", "settlementline", "settlementmove", "refusal",
]  # fmt: skip
ALL = [*FACTS, "settlement", "paymentbatch", "paymentorder"]


@pytest.mark.parametrize("table", FACTS)
@pytest.mark.parametrize(("role", "refused"), [("default", "42501"), ("owner", "append_only")])
def test_facts_are_not_updated(table: Any, role: str, refused: str) -> None:
    assert refusal(role, (f"UPDATE settlement_{table} SET id = id", None)) == refused


@pytest.mark.parametrize("table", ALL)
@pytest.mark.parametrize("verb", ["DELETE FROM", "TRUNCATE"])
@pytest.mark.parametrize(("role", "refused"), [("default", {"42501"}), ("owner", {"append_only", "0A000"})])
def test_nothing_is_deleted(table: Any, verb: str, role: str, refused: set[Any]) -> None:
    assert refusal(role, (f"{verb} settlement_{table}", None)) in refused


@pytest.mark.parametrize(("role", "refused"), [("default", "42501"), ("owner", "payment_batch_stands")])
@pytest.mark.parametrize(
    "change",
    ["content = 'x'", "message_id = 'other'", "execute_on = execute_on + 1", "created_at = now()",
     "debtor_number = '1'", "order_count = 2", "total = total + 1"],
)  # fmt: skip
def test_a_filed_batch_does_not_change(desk: Provider, role: str, refused: str, change: str) -> None:
    batch = desk.instructed(desk.released())

    assert (
        refusal(role, (f"UPDATE settlement_paymentbatch SET {change} WHERE id = %s", [batch.pk])) == refused
    )


@pytest.mark.parametrize(
    ("role", "refused"),
    [("default", "42501"), ("vault", "payment_batch_stands"), ("owner", "payment_batch_stands")],
)
def test_a_batch_is_sent_once(desk: Provider, role: str, refused: str) -> None:
    batch = desk.instructed(desk.released())
    sending.send_batch(batch_id=batch.pk, at=AT)
    sql = "UPDATE settlement_paymentbatch SET sent_at = NULL WHERE id = %s"

    assert refusal(role, (sql, [batch.pk])) == refused


@pytest.mark.parametrize(("role", "refused"), [("default", "42501"), ("owner", "payment_order_stands")])
@pytest.mark.parametrize("change", ["amount = amount + 1", "end_to_end_id = 'x'", "attempt = 2"])
def test_a_filed_order_does_not_change(desk: Provider, role: str, refused: str, change: str) -> None:
    order = desk.instructed(desk.released()).orders.get()

    assert (
        refusal(role, (f"UPDATE settlement_paymentorder SET {change} WHERE id = %s", [order.pk])) == refused
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_filed_orders_outcome_moves_forward_alone(desk: Provider, role: Any) -> None:
    order = desk.instructed(desk.released()).orders.get()
    sql = "UPDATE settlement_paymentorder SET outcome = 'pending' WHERE id = %s"

    assert refusal(role, (sql, [order.pk])) == "payment_order_stands"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("outcome", ["settled", "failed"])
def test_an_outcome_takes_bank_evidence(desk: Provider, role: Any, outcome: str) -> None:
    order = desk.instructed(desk.released()).orders.get()
    sql = "UPDATE settlement_paymentorder SET outcome = %s WHERE id = %s"

    assert refusal(role, (sql, [outcome, order.pk])) == "payment_outcome_has_evidence"


@pytest.mark.parametrize("role", ROLES)
def test_a_second_order_waits_for_a_final_refusal(desk: Provider, role: Any) -> None:
    order = desk.instructed(desk.released()).orders.get()

    assert refusal(role, (ORDER, [order.pk])) == "payment_order_is_released"


@pytest.mark.parametrize("role", ROLES)
def test_the_payees_people_file_no_batch(desk: Provider, role: Any) -> None:
    arguments = [desk.at.fund.pk, desk.at.provider_clerk.pk, AT]

    assert refusal(role, (BATCH, arguments)) == "payment_batch_filed_by_trustee"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", ["approved", "unknown"])
def test_the_hold_behind_a_live_settlement_is_not_released(desk: Provider, role: Any, state: str) -> None:
    settlement = desk.approved()
    if state == "unknown":
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)
        desk.instructed(fresh(settlement))
        answers.mark_unknown(settlement_id=settlement.pk, reason="超时", actor=desk.at.actor, at=AT)
    sql = "SELECT ledger_release_hold(%s, %s, %s, %s)"

    found = refusal(role, (sql, [desk.at.fund.pk, fresh(settlement).hold_id, desk.at.actor.pk, AT]))

    assert found == "hold_backs_its_settlement"


@pytest.mark.parametrize("role", ROLES)
def test_work_of_another_estate_is_not_cited(desk: Provider, role: Any) -> None:
    elsewhere = make_provider().work()
    settlement = desk.submit(desk.invoice(total="5"))

    found = refusal(role, (LINE, [settlement.pk, desk.at.fund.pk, elsewhere.pk]))

    assert found == "line_cites_its_funds_work"


@pytest.mark.parametrize("role", ROLES)
def test_a_key_taken_back_stops_the_order(desk: Provider, role: Any) -> None:
    settlement = desk.released()
    approvals.withdraw(settlement_id=settlement.pk, actor=desk.at.trustee_key, reason="停", at=AT)

    assert refusal(role, *to(settlement, "released")) == "settlement_needs_two_keys"
    assert not PaymentOrder.objects.filter(settlement=settlement).exists()


def test_a_batch_is_filed_today_whatever_the_row_says(desk: Provider) -> None:
    """Its day decides whom it pays on which account, so nobody dates it back to a superseded one."""
    run("owner", "UPDATE custody_clock SET told = false")
    try:
        with refused(constraint="payment_batch_filed_by_trustee", using="default"):
            run("default", BATCH, [desk.at.fund.pk, desk.at.actor.pk, AT])
    finally:
        run("owner", "UPDATE custody_clock SET told = true")
