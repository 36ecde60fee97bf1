"""A provider's desk for tests: a fund with money, budget, accepted work and a payee, and short verbs."""

import itertools
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from custody.kernel.money import yuan
from custody.models import BankAccount, BankLine, Fund, Key, Operator
from custody.money_in.desk import Desk
from custody.money_in.recording import record_lines
from settlement.decisions import approvals
from settlement.invoices import submission
from settlement.invoices.submission import StatedInvoice, StatedLine
from settlement.models import Basis, BudgetLine, PayeeAccount, PaymentBatch, Settlement, WorkOrder
from settlement.payments import answers, filing
from settlement.work.accepting import turn_acceptance_key, waiting_acceptances
from tests import factories
from tests.factories import TestFund, make_fund, unique

AT = datetime(2025, 8, 4, 2, 0, tzinfo=UTC)
ISSUED_ON = date(2025, 7, 27)
PAY_ON = date(2025, 8, 5)
PAYEE_NUMBER = "510101040012345678"
_counter = itertools.count(1)
_dice = random.SystemRandom()  # numbers unique to the database, whatever seeds hypothesis sets


def digits(year: int = 25) -> str:
    """A fresh 20-digit number of a digital invoice."""
    return f"{year:02d}{_dice.randrange(10**18):018d}"


@dataclass(frozen=True)
class Provider:
    """One estate's provider, ready to submit."""

    at: TestFund
    bank: BankAccount
    payee: PayeeAccount

    def budget(self, code: str = "CLN", amount: str = "100000", book: str = "operating") -> BudgetLine:
        """The fund's 2025 budget line of this code, made on first use."""
        lines = BudgetLine.objects.filter(fund=self.at.fund, year=2025, code=code)
        if not lines.exists():
            BudgetLine.objects.using("owner").create(
                fund=self.at.fund, year=2025, code=code, name=code, book=book, annual_amount=yuan(amount)
            )
        return lines.get()

    def work(
        self, amount: str = "1000", code: str = "CLN", accepted: bool = True, number: str = ""
    ) -> WorkOrder:
        """Work done in July and judged, on record by the owner's hand: no signature is asked of it."""
        made = WorkOrder.objects.using("owner").create(
            fund=self.at.fund,
            number=number or unique("GD"),
            description="清洁卫生",
            budget_line=self.budget(code),
            completed_on=date(2025, 7, 24),
            accepted_on=date(2025, 7, 26),
            accepted_by="业委会",
            accepted=accepted,
            amount=yuan(amount),
            recorded_by=self.at.committee_key,
            recorded_at=AT,
        )
        return WorkOrder.objects.get(pk=made.pk)

    def invoice(self, *lines: StatedLine, number: str = "", total: str = "", **changed: Any) -> StatedInvoice:
        """An invoice over ``lines`` that is right unless told otherwise."""
        facts: dict[str, Any] = {
            "number": number or digits(),
            "issued_on": ISSUED_ON,
            "total": Decimal(total) if total else sum((line.amount for line in lines), Decimal(0)),
            "seller": self.at.provider.name,
            "buyer": self.bank.holder,
            "lines": lines,
        }
        return StatedInvoice(**(facts | changed))

    def submit(self, invoice: StatedInvoice) -> Settlement:
        """Submitted by the provider's clerk."""
        return submission.submit_invoice(
            fund=self.at.fund, invoice=invoice, source_file=None, actor=self.at.provider_clerk, at=AT
        )

    def verified(self, amount: str = "1000", code: str = "CLN") -> Settlement:
        """One verified invoice over fresh work."""
        settlement = self.submit(self.invoice(work_line(self.work(amount, code))))
        assert settlement.state == "verified", reasons(settlement)
        return settlement

    def approved(self, amount: str = "1000", code: str = "CLN") -> Settlement:
        settlement = self.verified(amount, code)
        return approvals.approve(settlement_id=settlement.pk, actor=self.at.committee_key, at=AT)

    def released(self, amount: str = "1000", code: str = "CLN") -> Settlement:
        settlement = self.approved(amount, code)
        return approvals.release(settlement_id=settlement.pk, actor=self.at.trustee_key, at=AT)

    def instructed(self, *settlements: Settlement) -> PaymentBatch:
        """One filed batch."""
        return filing.instruct(
            fund_id=self.at.fund.pk,
            settlement_ids=[each.pk for each in settlements],
            execute_on=PAY_ON,
            actor=self.at.actor,
            at=AT,
        )

    def bank_line(
        self,
        amount: str,
        memo: str,
        *,
        account: str = PAYEE_NUMBER,
        summary: str = "转账",
        on: date = PAY_ON,
        name: str = "",
    ) -> BankLine:
        """One stored line of the bank's statement, explained and booked as an import would."""
        position = next(_counter)
        source = factories.make_document(self.at.fund, self.at.actor, AT)
        line = BankLine.objects.create(
            fund=self.at.fund,
            account=self.bank,
            position=position,
            source_file=source,
            row=1,
            booked_on=on,
            amount=yuan(amount),
            balance=factories.balance_after(self.at.fund, amount),
            counterparty_name=name or self.payee.holder,
            counterparty_account=account,
            summary=summary,
            memo=memo,
        )
        with transaction.atomic():
            record_lines(Desk(self.at.fund, self.at.actor, AT), [line])
        return line

    def refuses(self, settlement: Settlement, evidence: str = "回执") -> Settlement:
        """The bank refuses for good, as two of the trust company's people have it."""
        told = answers.report_failed(
            settlement_id=settlement.pk, evidence=evidence, actor=self.at.actor, at=AT
        )
        return answers.confirm_failed(refusal_id=told.pk, actor=self.at.trustee_key, at=AT)

    def pays(self, settlement: Settlement, **said: Any) -> BankLine:
        """The bank pays as instructed."""
        return self.bank_line(f"-{settlement.total.amount}", f"{settlement.number} GD", **said)


def make_provider(cash: str = "100000", maintenance: str = "0") -> Provider:
    """A fund with ``cash`` yuan, its trust account and its provider's account."""
    fund = make_fund()
    bank = BankAccount.objects.create(
        fund=fund.fund,
        number=f"44{_dice.randrange(10**17):017d}",
        holder=f"示范信托-{fund.fund.code}",
        bank_name="工行",
        handover=True,
    )
    payee = PayeeAccount.objects.create(
        fund=fund.fund,
        organisation=fund.provider,
        holder=fund.provider.name,
        number=PAYEE_NUMBER,
        bank_name="农行武侯支行",
        clearing_number="103651000018",
        usable_from=date(2025, 1, 1),
        handover=True,
    )
    if Decimal(cash):
        fund.fill(cash)
    if Decimal(maintenance):
        fund.fill(maintenance, book="maintenance")
    return Provider(fund, bank, payee)


def sign_work(fund: Fund, keyholder: Operator, at: datetime = AT) -> None:
    """The committee signs whatever work and scores were handed in."""
    for each in waiting_acceptances(fund.pk):
        turn_acceptance_key(acceptance_id=each.pk, which=Key.APPROVE, actor=keyholder, at=at)


def work_line(work: WorkOrder, amount: str = "", code: str = "", line_no: int = 1) -> StatedLine:
    """A line citing ``work``, for all of it unless told otherwise."""
    return StatedLine(
        line_no,
        code or work.budget_line.code,
        Basis.WORK_ORDER,
        work.number,
        Decimal(amount) if amount else work.amount.amount,
    )


def base_line(period: str, amount: str, code: str = "REM", line_no: int = 1) -> StatedLine:
    """A line citing a base remuneration period."""
    return StatedLine(line_no, code, Basis.BASE_REMUNERATION, period, Decimal(amount))


def reasons(settlement: Settlement) -> list[str]:
    """Why it was returned."""
    from settlement.selectors import last_reasons

    return last_reasons(settlement.pk)


def fresh(settlement: Settlement) -> Settlement:
    """As the database has it."""
    return Settlement.objects.get(pk=settlement.pk)
