"""A batch is its orders: the database counts them at commit, and its bytes are made again before leaving."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from custody.files import archive
from custody.kernel.errors import Conflict
from custody.models import Approval, ApprovalWithdrawal, BankAccount, Document
from settlement.models import PaymentBatch, Settlement
from settlement.payments import answers, sending
from settlement.payments.gateways import File
from settlement.payments.gateways.pain001 import render
from settlement.payments.rendering import stated_by
from tests.custody.ledger.raw import refused, run, undone
from tests.settlement.desk import AT, Provider, fresh, make_provider
from tests.settlement.test_guards import STEP

pytestmark = pytest.mark.usefixtures("committed_db")
ROLES = ["default", "owner"]
BATCH = """
    INSERT INTO settlement_paymentbatch (fund_id, message_id, execute_on, content, content_sha256,
        document_id, debtor_account_id, debtor_number, debtor_holder, debtor_bank_name, order_count, total,
        total_currency, created_by_id, created_at)
    SELECT %(fund)s, %(name)s, '2025-08-05', %(content)s, %(sha256)s, %(document)s, a.id, a.number, a.holder,
        a.bank_name, %(count)s, %(total)s, 'CNY', %(actor)s, %(at)s
      FROM custody_bankaccount a WHERE a.id = %(debtor)s RETURNING id"""
ORDER = """
    INSERT INTO settlement_paymentorder (batch_id, settlement_id, fund_id, end_to_end_id, payee_account_id,
        amount, amount_currency, attempt, outcome, evidence)
    SELECT %s, id, fund_id, number || '-1', payee_account_id, total, 'CNY', 1, 'pending', ''
      FROM settlement_settlement WHERE id = %s"""


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def typed_batch(desk: Provider, role: str, content: bytes = b"typed", **changed: Any) -> int:
    """A batch row as somebody with a database prompt would type it; answers its number."""
    paper = archive.keep(
        fund=desk.at.fund, kind=Document.Kind.PAYMENT, name="x", content=content, actor=desk.at.actor, at=AT
    )
    facts = {
        "fund": desk.at.fund.pk, "name": f"TYPED-{paper.pk}", "content": content, "sha256": paper.sha256,
        "document": paper.pk, "debtor": desk.bank.pk, "count": 1, "total": "1000", "actor": desk.at.actor.pk,
        "at": AT,
    }  # fmt: skip
    return int(run(role, BATCH, facts | changed)[0][0])


def typed_order(role: str, batch_id: int, settlement: Settlement) -> None:
    run(role, ORDER, (batch_id, settlement.pk))
    run(role, "UPDATE settlement_settlement SET state = 'instructed' WHERE id = %s", (settlement.pk,))
    run(role, STEP, ("instructed", settlement.pk))


def judged(role: str) -> None:
    """What the end of the transaction would judge, now."""
    run(role, "SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def typed(desk: Provider, settlement: Settlement, content: bytes, **changed: Any) -> Iterator[PaymentBatch]:
    """A typed batch with its order, which the database takes: it waits for the vault as any other.

    Taken away afterwards, as its owner alone can: other tests prove all payment files.
    """
    with transaction.atomic():
        number = typed_batch(desk, "default", content, **changed)
        typed_order("default", number, settlement)
    yield PaymentBatch.objects.get(pk=number)
    for table, column in (("settlement_paymentorder", "batch_id"), ("settlement_paymentbatch", "id")):
        run("owner", f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        run("owner", f"DELETE FROM {table} WHERE {column} = %s", (number,))
        run("owner", f"ALTER TABLE {table} ENABLE TRIGGER append_only")


def files(outbox: Path) -> list[Path]:
    return sorted(outbox.rglob("*.xml"))


def leaving_is_refused(batch: PaymentBatch, outbox: Path, code: str) -> None:
    before = files(outbox)

    with pytest.raises(Conflict) as refusal:
        sending.send_batch(batch_id=batch.pk, at=AT)

    assert (refusal.value.code, files(outbox)) == (code, before)


# ------------------------------------------------------------------------------ the database's manifest


@pytest.mark.parametrize("role", ROLES)
def test_a_batch_without_orders_is_refused(desk: Provider, role: str) -> None:
    with refused(constraint="payment_batch_is_its_orders", using=role):
        typed_batch(desk, role)
        judged(role)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("manifest", [{"total": "1000.01"}, {"total": "999.99"}, {"count": 2}])
def test_a_manifest_says_what_its_orders_say(desk: Provider, role: str, manifest: dict[str, Any]) -> None:
    settlement = desk.released("1000")
    with refused(constraint="payment_batch_is_its_orders", using=role):
        typed_order(role, typed_batch(desk, role, **manifest), settlement)
        judged(role)


@pytest.mark.parametrize("role", ROLES)
def test_a_filed_batch_takes_no_further_order(desk: Provider, role: str) -> None:
    batch, late = desk.instructed(desk.released()), desk.released("20")
    with refused(constraint="payment_batch_is_its_orders", using=role):
        typed_order(role, batch.pk, late)
        judged(role)


@pytest.mark.parametrize("role", ROLES)
def test_an_order_and_its_settlement_are_filed_together(desk: Provider, role: str) -> None:
    settlement = desk.released("1000")
    with refused(constraint="payment_batch_is_its_orders", using=role):
        run(role, ORDER, (typed_batch(desk, role), settlement.pk))
        judged(role)


@pytest.mark.parametrize("role", ROLES)
def test_a_batch_pays_from_no_other_account_than_the_keys_were_turned_on(desk: Provider, role: str) -> None:
    settlement = desk.released("1000")
    other = BankAccount.objects.using("owner").create(
        fund=desk.at.fund, number=f"{desk.bank.number}9", holder="另一账户", bank_name="他行"
    )
    with refused(constraint="payment_batch_is_its_orders", using=role):
        typed_order(role, typed_batch(desk, role, debtor=other.pk), settlement)
        judged(role)


@pytest.mark.parametrize("role", ROLES)
def test_a_batch_pays_from_no_other_funds_account(desk: Provider, role: str) -> None:
    elsewhere = make_provider()
    with refused(constraint="batch_from_its_funds_account", using=role):
        typed_batch(desk, role, debtor=elsewhere.bank.pk)
        judged(role)


@pytest.mark.parametrize("column", ["number", "holder", "bank_name"])
def test_an_account_that_paid_stays_as_its_files_say_it(desk: Provider, column: str) -> None:
    desk.instructed(desk.released())
    with refused(constraint="batch_from_its_funds_account"):
        run("owner", f"UPDATE custody_bankaccount SET {column} = '1' WHERE id = %s", (desk.bank.pk,))
        judged("owner")


def test_a_manifest_typed_right_passes_so_the_refusals_mean_something(desk: Provider) -> None:
    with typed(desk, desk.released("1000"), b"typed") as batch:
        assert batch.orders.count() == 1


@pytest.mark.parametrize("column", ["number", "holder", "bank_name"])
def test_the_keys_are_turned_on_the_account_the_money_leaves(desk: Provider, column: str) -> None:
    settlement = desk.released()
    with undone("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT settlement_content(%s)", (settlement.pk,))
        before = cursor.fetchone()
        cursor.execute(f"UPDATE custody_bankaccount SET {column} = '1' WHERE id = %s", (desk.bank.pk,))
        cursor.execute("SELECT settlement_content(%s)", (settlement.pk,))

        assert cursor.fetchone() != before


@pytest.mark.parametrize("column", ["number", "holder"])
def test_a_release_on_another_account_files_nothing(desk: Provider, column: str) -> None:
    settlement = desk.released()
    run("owner", f"UPDATE custody_bankaccount SET {column} = number || '9' WHERE id = %s", (desk.bank.pk,))

    with pytest.raises(Conflict) as refusal:
        desk.instructed(settlement)

    assert refusal.value.code == "key-void"


# ---------------------------------------------------------------------- made again before it leaves


def test_a_filed_batchs_orders_make_its_bytes_again(desk: Provider) -> None:
    batch = desk.instructed(desk.released("100"), desk.released("200.50"), desk.released("3"))
    filed = PaymentBatch.objects.get(pk=batch.pk)

    assert render(stated_by(filed)) == bytes(filed.content)


def test_bytes_that_pay_another_account_do_not_leave(desk: Provider, tmp_path: Path) -> None:
    honest = desk.released("1000")
    with undone("default"):
        content = bytes(desk.instructed(honest).content)
    forged = content.replace(desk.payee.number.encode(), b"6222000000000000")
    assert forged != content

    with typed(desk, fresh(honest), forged) as batch:
        leaving_is_refused(batch, tmp_path, "batch-differs")


def test_the_right_bytes_under_another_name_do_not_leave(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released("1000")
    with undone("default"):
        content = bytes(desk.instructed(settlement).content)

    with typed(desk, fresh(settlement), content) as batch:
        leaving_is_refused(batch, tmp_path, "batch-differs")


def test_the_right_bytes_under_their_own_name_leave_so_the_refusals_mean_something(
    desk: Provider, tmp_path: Path
) -> None:
    settlement = desk.released("1000")
    with undone("default"):
        honest = desk.instructed(settlement)

    with typed(desk, fresh(settlement), bytes(honest.content), name=honest.message_id) as batch:
        assert sending.send_batch(batch_id=batch.pk, at=AT)
        assert len(files(tmp_path)) == 1


def test_a_file_does_not_leave_once_a_key_was_taken_back(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released()
    batch = desk.instructed(settlement)
    ApprovalWithdrawal.objects.create(
        approval=Approval.objects.get(subject_kind="settlement", subject_id=settlement.pk, key="release"),
        operator=desk.at.trustee_key,
        reason="急停",
        withdrawn_at=AT,
    )

    leaving_is_refused(batch, tmp_path, "key-void")


def failed(settlement: Settlement, desk: Provider) -> None:
    desk.refuses(settlement, "银行未收到")


def test_a_file_that_never_left_does_not_leave_after_its_payment_was_filed_again(
    desk: Provider, tmp_path: Path
) -> None:
    settlement = desk.released()
    first = desk.instructed(settlement)
    failed(settlement, desk)
    answers.retry(settlement_id=settlement.pk, actor=desk.at.actor, at=AT)
    second = desk.instructed(fresh(settlement))

    sent = sending.sweep(at=AT + timedelta(hours=1))

    assert (first.pk in sent, second.pk in sent) == (False, True)
    leaving_is_refused(first, tmp_path, "order-ended")


def test_a_file_one_of_whose_payments_has_ended_waits_for_a_person(desk: Provider, tmp_path: Path) -> None:
    ended, waiting = desk.released("10"), desk.released("20")
    batch = desk.instructed(ended, waiting)
    failed(ended, desk)

    leaving_is_refused(batch, tmp_path, "order-ended")
    assert batch.pk in {each.pk for each in sending.unsent(AT + timedelta(hours=1))}


def test_a_file_none_of_whose_payments_waits_is_not_called_unsent(desk: Provider) -> None:
    settlement = desk.released()
    batch = desk.instructed(settlement)
    failed(settlement, desk)

    assert batch.pk not in {each.pk for each in sending.unsent(AT + timedelta(hours=1))}


def test_a_file_that_left_unrecorded_is_recorded_even_after_the_bank_paid_it(desk: Provider) -> None:
    settlement = desk.released()
    batch = desk.instructed(settlement)
    sending.channel().deliver(File(desk.at.fund.code, batch.message_id, bytes(batch.content)))
    desk.pays(settlement)

    assert sending.send_batch(batch_id=batch.pk, at=AT)
    assert PaymentBatch.objects.get(pk=batch.pk).sent_at == AT
