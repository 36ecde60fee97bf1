"""A desk with a receipt in suspense, and short verbs that take it back to where it came from."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from custody.files.intake import Handed
from custody.models import BankLine, LineExplanation, Payback
from custody.money_in.paybacks import PayerAccount, approve_payback, propose_payback, release_payback
from settlement.models import PaymentBatch
from settlement.payments.paying_back import instruct_paybacks
from tests.settlement.desk import AT, PAY_ON, Provider, make_provider

PAYER, ACCOUNT = "路人甲", "6222001"
PAPER = Handed("申请.pdf", b"the payer asks for it back")


@dataclass(frozen=True)
class Suspended:
    """The desk, and its receipt of 50 yuan that nobody recognised."""

    desk: Provider
    line: BankLine

    def proposed(self, number: str = "", holder: str = "", evidence: Handed | None = None) -> Payback:
        to = PayerAccount("工商银行", "", number, holder)
        return propose_payback(
            line=self.line, to=to, reason="误转", evidence=evidence, actor=self.desk.at.actor, at=AT
        )

    def approved(self) -> Payback:
        return approve_payback(payback_id=self.proposed().pk, actor=self.desk.at.committee_key, at=AT)

    def released(self) -> Payback:
        return release_payback(payback_id=self.approved().pk, actor=self.desk.at.trustee_key, at=AT)

    def instructed(self) -> PaymentBatch:
        payback = self.released()
        return instruct_paybacks(
            fund_id=payback.fund_id,
            payback_ids=[payback.pk],
            execute_on=PAY_ON,
            actor=self.desk.at.actor,
            at=AT,
        )

    def bank(self, amount: str, memo: str, account: str = ACCOUNT, summary: str = "转账") -> BankLine:
        """The next line of the bank's."""
        return self.desk.bank_line(amount, memo, account=account, name=PAYER, summary=summary)

    @property
    def payback(self) -> Payback:
        """The newest, as the database has it."""
        return Payback.objects.filter(line=self.line).latest("pk")

    @property
    def name(self) -> str:
        """What the newest payback's order is called."""
        return str(self.payback.order.end_to_end_id)

    def kind(self, line: BankLine | None = None) -> str:
        """What the receipt, or another line, was found to be."""
        return LineExplanation.objects.filter(line=line or self.line).latest("pk").kind

    def posted(self, kind: str) -> Decimal:
        """The balance of an account of the operating book, debit positive."""
        from custody.ledger.door import balance_of

        return balance_of(self.desk.at.account(kind)).posted.amount


def suspended(account: str = ACCOUNT) -> Suspended:
    """A fund of 1,000 yuan to which a stranger sent 50."""
    desk = make_provider("1000")
    line = desk.bank_line("50", "", account=account, name=PAYER)
    return Suspended(desk, BankLine.objects.select_related("fund", "account").get(pk=line.pk))


def outbox(folder: Path) -> list[str]:
    """What lies in the outbox, as text."""
    return [each.read_text() for each in sorted(folder.rglob("*.xml"))]
