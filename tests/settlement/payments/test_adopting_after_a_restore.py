"""The database is put back to an earlier moment after payments were filed: nobody is paid twice.

The restore is a real one: the whole database is copied, worked on, thrown away and put back from the copy.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.ledger import door, restores
from custody.ledger.proof import verify_fund
from custody.models import BankLine
from custody.money_in import breaks
from custody.money_in.bank_statements import import_statements
from settlement.decisions import approvals
from settlement.models import PaymentBatch, PaymentOrder, Settlement
from settlement.payments import adopting, sending
from settlement.payments.gateways.filed import read_filed
from settlement.payments.gateways.pain001 import render
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import write_csv
from tests.restoring import Snapshot, snapshot
from tests.settlement.desk import AT, PAYEE_NUMBER, Provider, fresh, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
OPENING = Decimal("100000.00")
LATER = datetime(2025, 8, 6, 2, 0, tzinfo=UTC)  # 06 August: statements must reach the 5th
HEADER = [
    "本方账号",
    "交易时间",
    "对方账号",
    "对方单位名称",
    "借方发生额",
    "贷方发生额",
    "余额",
    "摘要",
    "用途",
]


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path / "outbox"
    return make_provider(cash=str(OPENING))


@pytest.fixture
def backup(desk: Provider) -> Iterator[Snapshot]:
    """The moment before anything was handed in."""
    with snapshot() as taken:
        yield taken


def sent(desk: Provider, *settlements: Settlement) -> PaymentBatch:
    batch = desk.instructed(*settlements)
    assert sending.send_batch(batch_id=batch.pk, at=AT)
    return batch


def statement(desk: Provider, folder: Path, *paid: Settlement) -> Path:
    """The bank's file of 5 August: what it paid, and a receipt nobody knows."""
    balance, rows = OPENING, [HEADER]
    said = [(-each.total.amount, PAYEE_NUMBER, desk.payee.holder, f"{each.number} GD") for each in paid]
    for amount, account, name, memo in [*said, (Decimal("8.00"), "", "路人", "")]:
        balance += amount
        sides = ["", str(amount)] if amount > 0 else [str(-amount), ""]
        rows.append([desk.bank.number, "2025-08-05", account, name, *sides, str(balance), "转账", memo])
    return write_csv(folder / "bank.csv", rows)


def adopt(desk: Provider, *paths: Path, **told: Any) -> adopting.Adoption:
    return adopting.adopt_after_restore(fund=desk.at.fund, paths=paths, actor=desk.at.actor, at=LATER, **told)


def reopen(desk: Provider, **told: Any) -> None:
    adopting.reopen_after_restore(
        fund=desk.at.fund, reason="磁盘损坏", actor=desk.at.trustee_key, at=LATER, **told
    )


def outbox(desk: Provider, tmp_path: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (tmp_path / "outbox" / desk.at.fund.code).glob("*.xml")}


def test_a_filed_payment_the_restore_forgot_is_adopted_paid_once_and_the_books_equal_the_bank(
    desk: Provider, tmp_path: Path
) -> None:
    first, second = desk.released("1200.50"), desk.released("800")
    with snapshot() as backup:
        batch = sent(desk, first, second)
        bank = statement(desk, tmp_path, first, second)
        import_statements(fund=desk.at.fund, paths=[bank], actor=desk.at.actor, at=LATER)
        before = door.balance_of(desk.at.account("cash"))
        files = outbox(desk, tmp_path)
        backup.restore()

    assert (PaymentBatch.objects.filter(fund=desk.at.fund).count(), fresh(first).state) == (0, "released")
    with pytest.raises(Conflict, match="adopt_after_restore"):
        desk.instructed(fresh(first))

    adoption = adopt(desk, bank)
    reopen(desk)

    again = PaymentBatch.objects.get(fund=desk.at.fund)
    assert adoption.adopted == (batch.message_id,)
    assert (adoption.left, adoption.missing) == ((), None)
    assert (again.message_id, bytes(again.content)) == (batch.message_id, bytes(batch.content))
    assert {fresh(first).state, fresh(second).state} == {"paid"}
    assert door.balance_of(desk.at.account("cash")) == before
    difference = breaks.bank_difference(desk.at.fund.pk)
    assert difference is not None
    assert difference.amount == 0
    assert again.pk not in sending.sweep(at=LATER + timedelta(days=1), minutes=0)
    assert outbox(desk, tmp_path) == files
    assert verify_fund(desk.at.fund.pk) == []


def test_after_adopting_another_payment_leaves_as_ever(desk: Provider, tmp_path: Path) -> None:
    first = desk.released("10")
    second = desk.released("20")
    with snapshot() as backup:
        sent(desk, first)
        bank = statement(desk, tmp_path, first)
        backup.restore()

    adopt(desk, bank)
    with pytest.raises(Conflict, match="恢复"):
        desk.instructed(fresh(second))
    reopen(desk)
    sent(desk, fresh(second))

    assert len(outbox(desk, tmp_path)) == 2


def test_keys_the_restore_took_are_turned_again_before_the_file_is_adopted(
    desk: Provider, tmp_path: Path
) -> None:
    settlement = desk.verified("300")
    with snapshot() as backup:
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)
        approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=AT)
        batch = sent(desk, fresh(settlement))
        bank = statement(desk, tmp_path, settlement)
        backup.restore()

    # The bank's line lands first and is a break nobody can explain: the lost keys are turned again over it.
    waiting = adopt(desk, bank)
    assert waiting.adopted == ()
    assert settlement.number in dict(waiting.left)[batch.message_id]
    approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=LATER)
    approvals.release(settlement_id=settlement.pk, actor=desk.at.trustee_key, at=LATER)
    with pytest.raises(Rejected, match="待查付款"):
        desk.instructed(fresh(settlement))

    assert adopt(desk).adopted == (batch.message_id,)
    reopen(desk)

    assert fresh(settlement).state == "paid"
    difference = breaks.bank_difference(desk.at.fund.pk)
    assert difference is not None
    assert difference.amount == 0


def test_an_invoice_the_restore_took_is_named_with_what_to_do(
    desk: Provider, backup: Snapshot, tmp_path: Path
) -> None:
    settlement = desk.released("300")
    batch = sent(desk, settlement)
    backup.restore()

    [(message_id, why)] = adopt(desk).left

    assert message_id == batch.message_id
    assert settlement.number in why
    assert "重新导入" in why
    with pytest.raises(Conflict, match=batch.message_id):
        reopen(desk)


def test_days_without_a_statement_are_named_and_keep_the_fund_shut(
    desk: Provider, backup: Snapshot, tmp_path: Path
) -> None:
    missing = adopt(desk).missing

    assert missing == (desk.at.fund.opened_on, LATER.date() - timedelta(days=1))
    with pytest.raises(Rejected, match="2025-08-05"):
        reopen(desk)
    reopen(desk, quiet_days=True)
    assert restores.waiting_restore(desk.at.fund.pk) is None


def test_a_file_that_is_not_what_its_name_says_is_never_adopted(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released("300")
    with snapshot() as backup:
        batch = sent(desk, settlement)
        backup.restore()
    place = tmp_path / "outbox" / desk.at.fund.code / f"{batch.message_id}.xml"
    content = place.read_bytes()
    for changed in (
        content.replace(b"300.00", b"30000.00"),
        content.replace(PAYEE_NUMBER.encode(), b"6222000000000000001"),
        b"<Document/>",
        b"junk",
        content + b"\n",
    ):
        place.write_bytes(changed)
        [(_message_id, why)] = adopt(desk).left
        assert "请向银行查明" in why
        assert fresh(settlement).state == "released"

    place.write_bytes(content)
    assert adopt(desk).adopted == (batch.message_id,)


def test_a_rehearsal_writes_nothing(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released("300")
    with snapshot() as backup:
        batch = sent(desk, settlement)
        bank = statement(desk, tmp_path, settlement)
        backup.restore()

    assert adopt(desk, bank, dry_run=True).adopted == (batch.message_id,)

    assert restores.restores_of(desk.at.fund.pk) == []
    assert not BankLine.objects.filter(fund=desk.at.fund).exists()
    assert fresh(settlement).state == "released"


def test_what_is_read_from_a_file_writes_the_file(desk: Provider) -> None:
    content = bytes(desk.instructed(desk.released("1"), desk.released("2.34")).content)

    assert render(read_filed(content, name="")) == content


# ------------------------------------------------------------------------------------------- people


def test_the_desk_adopts_and_a_keyholder_reopens(desk: Provider) -> None:
    for nobody in (desk.at.provider_clerk, desk.at.committee_key, desk.at.trustee_key):
        with pytest.raises(Forbidden):
            adopting.adopt_after_restore(fund=desk.at.fund, paths=[], actor=nobody, at=LATER)
    adopt(desk)
    for nobody in (desk.at.provider_clerk, desk.at.committee_key, desk.at.actor):
        with pytest.raises(Forbidden):
            adopting.reopen_after_restore(
                fund=desk.at.fund, reason="误", actor=nobody, at=LATER, quiet_days=True
            )
    with pytest.raises(Rejected, match="理由"):
        adopting.reopen_after_restore(fund=desk.at.fund, reason=" ", actor=desk.at.trustee_key, at=LATER)
    reopen(desk, quiet_days=True)
    with pytest.raises(Conflict, match="没有等待"):
        reopen(desk)


# ------------------------------------------------------------------------------------------ raw SQL


def restored(desk: Provider) -> int:
    run("default", "INSERT INTO custody_restore (fund_id, actor_id) VALUES (%s, %s)",
        [desk.at.fund.pk, desk.at.actor.pk])  # fmt: skip
    return int(run("default", "SELECT max(id) FROM custody_restore")[0][0])


def test_a_restore_is_said_and_ended_by_the_trust_company_and_rewritten_by_nobody(desk: Provider) -> None:
    found = "INSERT INTO custody_restore (fund_id, actor_id) VALUES (%s, %s)"
    ended = "INSERT INTO custody_restore_reopened (restore_id, reason, actor_id) VALUES (%s, '误', %s)"
    with refused(constraint="restore_found_by_the_trust_company", using="default"):
        run("default", found, [desk.at.fund.pk, desk.at.committee_key.pk])
    restore = restored(desk)
    with refused(constraint="restore_waits_alone", using="default"):
        run("default", found, [desk.at.fund.pk, desk.at.actor.pk])
    with refused(constraint="reopened_by_the_trust_company", using="default"):
        run("default", ended, [restore, desk.at.actor.pk])
    for table in ("custody_restore", "custody_restore_reopened"):
        with refused(constraint="append_only"):
            run("owner", f"DELETE FROM {table}")
    run("default", ended, [restore, desk.at.trustee_key.pk])


def test_nothing_is_ordered_while_a_restore_waits(desk: Provider) -> None:
    batch = desk.instructed(desk.released("5"))
    order = batch.orders.get()
    released = desk.released("7")
    restored(desk)
    columns = "batch_id, settlement_id, fund_id, end_to_end_id, payee_account_id, amount, amount_currency"
    with refused(constraint="nothing_leaves_before_reopening", using="default"):
        run(
            "default",
            f"INSERT INTO settlement_paymentorder ({columns}, attempt, outcome, evidence) "
            "VALUES (%s, %s, %s, %s, %s, 7, 'CNY', 1, 'pending', '')",
            [batch.pk, released.pk, desk.at.fund.pk, "X-1", order.payee_account_id],
        )


def test_no_batch_is_called_adopted_without_a_restore_or_out_by_anybody_but_the_vault(desk: Provider) -> None:
    batch = desk.instructed(desk.released("5"))
    columns = [str(each.column) for each in PaymentBatch._meta.concrete_fields if each.column != "id"]

    def copied(**changed: str) -> None:
        chosen = [changed.get(each, each) for each in columns]
        run(
            "default",
            f"INSERT INTO settlement_paymentbatch ({', '.join(columns)}) "
            f"SELECT {', '.join(chosen)} FROM settlement_paymentbatch WHERE id = %s",
            [batch.pk],
        )

    out = {"message_id": "'PT-X'", "adopted_at": "now()"}
    with refused(constraint="payment_batch_adopted_after_a_restore", using="default"):
        copied(**out)
    restored(desk)
    for wrong in ({"sent_at": "now()"}, {"created_by_id": str(desk.at.committee_key.pk)}):
        with refused(constraint="payment_batch_adopted_after_a_restore", using="default"):
            copied(**(out | wrong))
    with refused(constraint="payment_batch_filed_by_trustee", using="default"):
        copied(message_id="'PT-X'", sent_at="now()")


# ----------------------------------------------------------------------------------------- commands


def test_the_commands_compare_kept_heads_and_say_what_is_left(desk: Provider, tmp_path: Path) -> None:
    settlement = desk.released("300")
    heads = tmp_path / "heads.csv"
    with snapshot() as backup:
        batch = sent(desk, settlement)
        bank = statement(desk, tmp_path, settlement)
        import_statements(fund=desk.at.fund, paths=[bank], actor=desk.at.actor, at=LATER)
        call_command("export_heads", out=heads, fund=desk.at.fund.code, stdout=StringIO())
        backup.restore()
    who = {"fund": desk.at.fund.code, "actor": desk.at.actor.username}
    told, complained = StringIO(), StringIO()

    with pytest.raises(CommandError, match="1 项未了"):  # the real clock: days after 5 August are missing
        call_command("adopt_after_restore", bank, against=heads, stdout=told, stderr=complained, **who)
    keyholder = {"fund": desk.at.fund.code, "actor": desk.at.trustee_key.username}
    with pytest.raises(CommandError, match="银行流水"):
        call_command("reopen_after_restore", reason="磁盘损坏", **keyholder)
    call_command("reopen_after_restore", reason="磁盘损坏", quiet_days=True, stdout=told, **keyholder)
    call_command("verify_ledger", fund=desk.at.fund.code, against=heads, stdout=told)

    assert f"已认领付款文件 {batch.message_id}" in told.getvalue()
    assert "账本有 1 笔分录" in told.getvalue()
    assert "库外记得 3 笔" in told.getvalue()
    assert "1 个库外链首属于数据库恢复时丢失" in told.getvalue()
    assert "2025-08-06" in complained.getvalue()
    assert PaymentOrder.objects.get(settlement=settlement).outcome == "settled"


def test_another_history_than_the_kept_heads_is_not_adopted(desk: Provider, tmp_path: Path) -> None:
    heads = tmp_path / "heads.csv"
    call_command("export_heads", out=heads, fund=desk.at.fund.code, stdout=StringIO())
    fund, sequence, _head, at = heads.read_text().splitlines()[1].split(",")
    heads.write_text(f"fund,sequence,chain,kept_at\n{fund},{sequence},{'0' * 64},{at}\n")

    with pytest.raises(CommandError):
        call_command("adopt_after_restore", against=heads, fund=desk.at.fund.code,
                     actor=desk.at.actor.username, stderr=StringIO())  # fmt: skip
    assert restores.restores_of(desk.at.fund.pk) == []
