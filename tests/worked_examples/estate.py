"""A small estate for the stories: taken on from its workbook; everybody acts through the real services.

``journal`` tells what was booked as an accountant writes it: 借 debits, 贷 credits, titles of the chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

from custody.ledger import door
from custody.ledger.chart import KINDS
from custody.ledger.reads import AccountBalance
from custody.models import BankAccount, Fund, FundParty, JournalEntry, JournalLine, Operator
from custody.money_in.channel import import_channel_detail
from custody.money_in.public_revenue import import_public_revenue
from settlement.decisions import approvals
from settlement.invoices.importing import import_invoices
from settlement.models import PaymentBatch, Settlement
from settlement.payments import filing
from settlement.work.importing import import_work
from tests.custody.money_in.small import Said, Small, small_estate
from tests.factories import make_operator
from tests.settlement.desk import sign_work

Order = tuple[str, str, str, str, str, str]  # number, paid at, unit, payer, amount, charge

AUGUST = datetime(2025, 8, 4, 2, 0, tzinfo=UTC)
PAID_ON = date(2025, 8, 5)
PROVIDER, PROVIDER_ACCOUNT = "小小物业有限公司", "510101040099999999"
WORK = ("工单号", "服务内容", "科目编码", "完成日期", "验收日期", "验收人", "验收结果", "金额")
INVOICES = ("发票号码", "开票日期", "价税合计", "销售方", "购买方")
LINES = ("发票号码", "行号", "科目编码", "类型", "依据", "金额")


@dataclass(frozen=True)
class Told:
    """The estate and its people: the firm's clerk, and one keyholder of each key's organisation."""

    small: Small
    clerk: Operator
    committee: Operator
    trustee: Operator

    @property
    def fund(self) -> Fund:
        return self.small.fund

    def merchant_tells(self, *orders: Order) -> None:
        """The merchant's file: who paid what by QR code, and what it kept."""
        import_channel_detail(
            fund=self.fund, paths=[self.small.channel(*orders)], actor=self.small.actor, at=AUGUST
        )

    def operator_tells(self, *lines: Order) -> None:
        """The car park's file: day, source, payer, evidence, amount, batch."""
        import_public_revenue(
            fund=self.fund, path=self.small.revenue(*lines), actor=self.small.actor, at=AUGUST
        )

    def bank_prints(self, *lines: Said, balance: str = "1500.00") -> None:
        """The bank's statement of these lines, after a balance (handed over: 1,500.00)."""
        self.small.take(*lines, opening=balance)

    def work_is_accepted(self, number: str, amount: str) -> None:
        """The committee's keyholder signs the work order off."""
        day = date(2025, 7, 26)
        row = (number, "清洁卫生", "CLN", day, day, "业委会", "合格", Decimal(amount))
        path = workbook(self.small.folder / f"{number}.xlsx", 工单=[WORK, row])
        import_work(fund=self.fund, path=path, actor=self.committee, at=AUGUST)
        sign_work(self.fund, self.committee, AUGUST)

    def firm_invoices(self, number: str, work: str, amount: str) -> Settlement:
        """The firm hands in its invoice for that work; the house verifies it."""
        holder = BankAccount.objects.get(fund=self.fund).holder
        path = workbook(
            self.small.folder / f"{number}.xlsx",
            发票=[INVOICES, (number, date(2025, 7, 27), Decimal(amount), PROVIDER, holder)],
            明细=[LINES, (number, 1, "CLN", "工单", work, Decimal(amount))],
        )
        import_invoices(fund=self.fund, path=path, actor=self.clerk, at=AUGUST)
        return Settlement.objects.get(fund=self.fund, number=number)

    def committee_approves(self, settlement: Settlement) -> None:
        """The first key: the money is set aside."""
        approvals.approve(settlement_id=settlement.pk, actor=self.committee, at=AUGUST)

    def trustee_releases(self, settlement: Settlement) -> None:
        """The second key, on the same content."""
        approvals.release(settlement_id=settlement.pk, actor=self.trustee, at=AUGUST)

    def payment_is_filed(self, settlement: Settlement) -> PaymentBatch:
        """The desk hands the payment to the bank's channel."""
        return filing.instruct(
            fund_id=self.fund.pk,
            settlement_ids=[settlement.pk],
            execute_on=PAID_ON,
            actor=self.trustee,
            at=AUGUST,
        )

    def cash(self) -> AccountBalance:
        """银行存款 of the operating book: posted, and held for what is approved."""
        return door.balance_of(door.open_account(fund_id=self.fund.pk, book="operating", kind="cash"))

    def journal(self) -> list[str]:
        """What was booked since the estate was handed over, one sentence an entry, in order."""
        entries = JournalEntry.objects.filter(fund_id=self.fund.pk).exclude(template="handover")
        return [self._worded(entry) for entry in entries.order_by("sequence")]

    def _worded(self, entry: JournalEntry) -> str:
        lines = JournalLine.objects.filter(fund_id=self.fund.pk, sequence=entry.sequence)
        said = sorted(
            (amount < 0, KINDS[kind].title + (f"（{code}）" if code else ""), abs(amount))
            for kind, code, amount in lines.values_list("account__kind", "account__code", "amount")
        )
        sides = [f"{'贷' if credit else '借'} {title} {amount}" for credit, title, amount in said]
        undone = "冲回 " if entry.reverses else ""
        return f"{entry.effective_on:%m-%d} {undone}{'，'.join(sides)}"


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """These sheets as a file somebody hands in."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


def told(folder: Path) -> Told:
    """The estate taken on, one account: 1,000.00 on the operating book, 500.00 on the maintenance book."""
    small = small_estate(folder)
    parties = {
        party.organisation.kind: party.organisation
        for party in FundParty.objects.filter(fund=small.fund).select_related("organisation")
    }
    return Told(
        small,
        clerk=make_operator(parties["provider"], "clerk"),
        committee=make_operator(parties["committee"]),
        trustee=make_operator(parties["trustee"]),
    )


def paid_by_the_bank(settlement: Settlement) -> Said:
    """The bank's line for a payment filed: its amount, its payee, and the settlement's number."""
    amount = f"-{settlement.total.amount}"
    return Said(f"{PAID_ON}", amount, PROVIDER, PROVIDER_ACCOUNT, memo=settlement.number)
