"""One payment's whole way, act by act, each as somebody would do it and do it again when unsure."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from config.rounds import Rounds
from custody.ledger import door, proof
from custody.models import BankLine, JournalEntry, Key, Signature
from custody.money_in.bank_statements import import_statements
from custody.vault import inbox
from settlement.decisions import approvals
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import PaymentBatch, Settlement
from settlement.payments import filing, sending
from tests import signing
from tests.custody.money_in.small import write_csv
from tests.faults.campaign.children import Act
from tests.settlement.desk import AT, PAY_ON, PAYEE_NUMBER, Provider, make_provider

OPENING = Decimal("100000.00")
RECEIPTS = (Decimal("120.50"), Decimal("88.08"), Decimal("1000.00"))
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
SWEEP_MINUTES = 0
FAULT_LENGTH = 300
HINT = "hint"


@dataclass(frozen=True)
class Story:
    """An estate with one verified invoice, the outbox of its bank, and the files that will come from it."""

    desk: Provider
    invoice_id: int
    outbox: Path
    amount: Decimal
    clock: random.Random

    def acts(self) -> Iterator[tuple[str, Act]]:
        """The acts in order; each reads again where things stand."""
        yield "import receipts", self._imports(self._receipts())
        yield "sign", self._sign
        yield "vault answers", self._vault
        yield "approve", self._approve
        yield (
            "release",
            lambda: approvals.release(
                settlement_id=self.invoice_id, actor=self.desk.at.trustee_key, at=self._at()
            ),
        )
        yield "instruct", self._instruct
        yield HINT, inbox.wake
        yield "vault delivers", self._vault
        yield "send", self._send
        yield "sweep", lambda: sending.sweep(at=AT + timedelta(days=1), minutes=SWEEP_MINUTES)
        yield "import payment", self._imports(self._payment())

    def _at(self) -> datetime:
        """Now, by a clock that steps up to six hours either way."""
        return AT + timedelta(minutes=self.clock.randrange(-360, 360))

    def _sign(self) -> object:
        """The committee's device signs, a page hands it in; nobody waits for the answer here."""
        return signing.hand_in_unanswered(
            self.desk.at.committee_key,
            self.desk.at.committee.pk,
            SETTLEMENT,
            self.invoice_id,
            Key.APPROVE,
        )

    def _approve(self) -> object:
        """On the mark that the vault has made: the key is signed no second time."""
        with signing.unsigned():
            return approvals.approve(
                settlement_id=self.invoice_id, actor=self.desk.at.committee_key, at=self._at()
            )

    def _vault(self) -> object:
        """What the vault's process does when it looks; what of ours still waits then is a fault."""
        said: list[str] = []
        for _step in Rounds(said.append).look():
            pass
        signed = Signature.objects.filter(public_key__operator=self.desk.at.committee_key)
        unsent = PaymentBatch.objects.filter(fund=self.desk.at.fund, sent_at__isnull=True)
        if unsent.exists() or signed.filter(marks__isnull=True).exists():
            raise AssertionError(said)
        return said

    def _instruct(self) -> object:
        return filing.instruct(
            fund_id=self.desk.at.fund.pk,
            settlement_ids=[self.invoice_id],
            execute_on=PAY_ON,
            actor=self.desk.at.actor,
            at=self._at(),
        )

    def _send(self) -> object:
        """What a worker does with its message, lost, doubled or late."""
        batches = PaymentBatch.objects.filter(fund=self.desk.at.fund)
        return [sending.send_batch(batch_id=each.pk, at=self._at()) for each in batches]

    def _imports(self, path: Path) -> Callable[[], object]:
        fund, actor = self.desk.at.fund, self.desk.at.actor
        return lambda: import_statements(fund=fund, paths=[path], actor=actor, at=AT + timedelta(days=60))

    def _receipts(self) -> Path:
        return self._statement(
            OPENING, [("2025-07-28", amount, "", "某业主", "转账", "物业费") for amount in RECEIPTS]
        )

    def _payment(self) -> Path:
        number = Settlement.objects.get(pk=self.invoice_id).number
        said = ("2025-08-05", -self.amount, PAYEE_NUMBER, self.desk.payee.holder, "转账", f"{number} GD")
        return self._statement(OPENING + sum(RECEIPTS), [said])

    def _statement(self, balance: Decimal, lines: list[tuple[str, Decimal, str, str, str, str]]) -> Path:
        rows: list[list[str]] = [HEADER]
        for on, amount, account, name, summary, memo in lines:
            balance += amount
            sides = ["", str(amount)] if amount > 0 else [str(-amount), ""]
            rows.append([self.desk.bank.number, on, account, name, *sides, str(balance), summary, memo])
        return write_csv(self.outbox.parent / f"bank-{uuid.uuid4().hex[:8]}.csv", rows)

    def faults(self) -> list[str]:
        """What is not as it must be when all is over: lost, doubled or changed."""
        fund = self.desk.at.fund
        cash = door.balance_of(self.desk.at.account("cash"))
        found = {
            "state": (Settlement.objects.get(pk=self.invoice_id).state, "paid"),
            "cash": (cash.posted.amount, OPENING + sum(RECEIPTS) - self.amount),
            "held": (cash.held.amount, Decimal(0)),
            "entries": (JournalEntry.objects.filter(fund_id=fund.pk).count(), 2 + len(RECEIPTS)),
            "bank lines": (BankLine.objects.filter(fund=fund).count(), 1 + len(RECEIPTS)),
            "batches": (PaymentBatch.objects.filter(fund=fund).count(), 1),
            "files": (self._files(), self._filed()),
            "journal": (proof.verify_fund(fund.pk), []),
        }
        return [
            f"{name}: {was!r}, not {due!r}"[:FAULT_LENGTH] for name, (was, due) in found.items() if was != due
        ]

    def _files(self) -> list[bytes]:
        """What the bank collects: every file in the fund's folder, whatever its name."""
        folder = self.outbox / self.desk.at.fund.code
        return [path.read_bytes() for path in sorted(folder.glob("*")) if path.is_file()]

    def _filed(self) -> list[bytes]:
        return [bytes(each.content) for each in PaymentBatch.objects.filter(fund=self.desk.at.fund)]


def begin(dice: random.Random, outbox: Path) -> Story:
    """A fresh estate whose firm handed in one sound invoice."""
    desk = make_provider(cash=str(OPENING))
    amount = Decimal(dice.randrange(1, 5_000_000)) / 100
    settlement = desk.verified(str(amount))
    return Story(desk, settlement.pk, outbox, amount, random.Random(dice.random()))
