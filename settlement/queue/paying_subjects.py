"""What keys are turned on where the provider is paid: invoices, payees, the bank's word, placements.

Each is called by the number people use, and shown whole: what the digest holds, in words. Placements stand
here since their release is judged against the fund's budget.
"""

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.kernel.errors import NotFound
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Key, Placement
from custody.placements import orders
from custody.queue.keyed_subjects import Hand, Shown, Subject, register
from settlement.decisions import approvals, payees
from settlement.decisions.subjects import PAYEE, REFUSAL, RETURN, SETTLEMENT
from settlement.evidence.alike import likeness_of
from settlement.fees.measures import monthly_budget
from settlement.models import Basis, PayeeAccount, Refusal, ReturnTie, Settlement
from settlement.payments import answers, unnamed_returns
from settlement.selectors import present_lines
from settlement.states import TITLES, State


def register_subjects() -> None:
    """Make the five kinds known, once the house starts."""
    register(
        Subject(
            SETTLEMENT, gettext_lazy("发票付款"), settlement_numbered, _settlement, _turn_settlement,
            lambda hand, reason: approvals.withdraw(
                settlement_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
            amount=lambda row: Settlement.objects.get(pk=row).total.amount,
            look=lambda row: "、".join(likeness_of(row).hints),
            pages={Key.RELEASE: "settlement"},
        )
    )  # fmt: skip
    register(
        Subject(
            PAYEE, gettext_lazy("收款账户变更"), payee_numbered, _payee,
            lambda hand: payees.turn_key(
                payee_account_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
            lambda hand, reason: payees.withdraw_key(
                payee_account_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
        )
    )  # fmt: skip
    register(
        Subject(
            REFUSAL, gettext_lazy("银行拒付"), refusal_numbered, _refusal,
            lambda hand: answers.confirm_failed(refusal_id=hand.subject_id, actor=hand.person, at=hand.at),
        )
    )  # fmt: skip
    register(
        Subject(
            RETURN, gettext_lazy("退汇认定"), return_numbered, _return,
            lambda hand: unnamed_returns.confirm_return(
                return_id=hand.subject_id, actor=hand.person, at=hand.at
            ),
        )
    )  # fmt: skip
    register(
        Subject(
            keys.PLACEMENT, gettext_lazy("存放"), placement_numbered, _placement, _turn_placement,
            lambda hand, reason: orders.cancel(
                placement_id=hand.subject_id, reason=reason, actor=hand.person, at=hand.at
            ),
            amount=lambda row: Placement.objects.get(pk=row).principal.amount,
        )
    )  # fmt: skip


# ---------------------------------------------------------------------------------------- invoices


def settlement_numbered(fund_id: int, number: str) -> int:
    """The settlement of the invoice of this number. NotFound."""
    row = Settlement.objects.filter(fund_id=fund_id, number=number.strip()).first()
    if row is None:
        raise NotFound(_("本信托没有发票 %(number)s"), number=number, fund=fund_id)
    return row.pk


def _settlement(settlement_id: int) -> Shown:
    row = Settlement.objects.select_related("payee_account", "debtor_account").get(pk=settlement_id)
    debtor = row.debtor_account
    said = [
        (_("发票号码"), row.number),
        (_("状态"), str(TITLES[State(row.state)])),
        (_("开票日期"), row.issued_on.isoformat()),
        (_("销售方"), row.seller),
        (_("购买方"), row.buyer),
        (_("价税合计"), f"{row.total.amount:,.2f}"),
        (_("付款账户"), f"{debtor.holder} {debtor.number} {debtor.bank_name}" if debtor else _("无")),
        (_("收款账户"), _account(row.payee_account)),
    ]
    lines = present_lines().filter(settlement=row).select_related("budget_line", "work_order")
    for line in lines.order_by("line_no"):
        budget = f"{line.budget_code} {line.budget_line.name if line.budget_line else ''}".strip()
        words = f"{budget} {Basis(line.basis).label} {line.cited} {line.amount.amount:,.2f}"
        said.append((_("明细"), words))
    return said


def _account(payee: PayeeAccount | None) -> str:
    if payee is None:
        return _("无")
    return f"{payee.holder} {payee.number} {payee.bank_name} {payee.clearing_number}"


def _turn_settlement(hand: Hand) -> object:
    act = approvals.approve if hand.which == Key.APPROVE else approvals.release
    return act(settlement_id=hand.subject_id, actor=hand.person, at=hand.at)


# ------------------------------------------------------------------------ payees and the bank's word


def payee_numbered(fund_id: int, number: str) -> int:
    """The changed account of this number, as ``propose_payee`` told it. NotFound."""
    row = PayeeAccount.objects.filter(fund_id=fund_id, pk=_number(number)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(payee_account)s 的收款账户"), payee_account=number)
    return row.pk


def _payee(payee_account_id: int) -> Shown:
    row = PayeeAccount.objects.select_related("organisation").get(pk=payee_account_id)
    current_id = payees.current(fund_id=row.fund_id, organisation_id=row.organisation_id, on=row.usable_from)
    current = PayeeAccount.objects.filter(pk__in=[current_id]).first()
    return [
        (_("编号"), str(row.pk)),
        (_("收款人"), row.organisation.name),
        (_("新账户"), _account(row)),
        (_("现用账户"), _account(current)),
        (_("登记日期"), row.usable_from.isoformat()),
    ]


def refusal_numbered(fund_id: int, number: str) -> int:
    """The report of this number, as ``report_failed`` told it. NotFound."""
    row = Refusal.objects.filter(fund_id=fund_id, pk=_number(number)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(refusal)s 的拒付报告"), refusal=number)
    return row.pk


def _refusal(refusal_id: int) -> Shown:
    row = Refusal.objects.select_related("order__settlement", "reported_by", "document").get(pk=refusal_id)
    paper = row.document
    return [
        (_("编号"), str(row.pk)),
        (_("发票号码"), row.order.settlement.number),
        (_("付款指令"), row.order.end_to_end_id),
        (_("金额"), f"{row.order.amount.amount:,.2f}"),
        (_("银行凭据"), row.evidence),
        (_("凭据"), f"{paper.name} #{row.place} SHA-256 {paper.sha256}" if paper else _("无")),
        (_("报告人"), row.reported_by.username),
    ]


def return_numbered(fund_id: int, number: str) -> int:
    """The report of this number, as ``tie_return`` told it. NotFound."""
    row = ReturnTie.objects.filter(fund_id=fund_id, pk=_number(number)).first()
    if row is None:
        raise NotFound(_("没有编号为 %(tie)s 的退汇认定"), tie=number)
    return row.pk


def _return(return_id: int) -> Shown:
    rows = ReturnTie.objects.select_related("order__settlement", "line__account", "document", "reported_by")
    row = rows.get(pk=return_id)
    line = row.line
    return [
        (_("编号"), str(row.pk)),
        (_("发票号码"), row.order.settlement.number),
        (_("付款指令"), row.order.end_to_end_id),
        (_("银行流水"), f"{line.account.number} {line.booked_on} #{line.position}"),
        (_("金额"), f"{line.amount.amount:,.2f}"),
        (_("对方"), f"{line.counterparty_name} {line.counterparty_account}".strip()),
        (_("理由"), row.reason),
        (_("凭据"), f"{row.document.name} SHA-256 {row.document.sha256}"),
        (_("报告人"), row.reported_by.username),
    ]


def _number(text: str) -> int:
    """A row's number as typed; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


# --------------------------------------------------------------------------------------- placements


def placement_numbered(fund_id: int, number: str) -> int:
    """The placement ordered under this key. NotFound."""
    row = Placement.objects.filter(fund_id=fund_id, order_key=number).first()
    if row is None:
        raise NotFound(_("没有编号为 %(placement)s 的存放"), placement=number)
    return row.pk


def _placement(placement_id: int) -> Shown:
    row = Placement.objects.select_related("ordered_by").get(pk=placement_id)
    return [
        (_("编号"), row.order_key),
        (_("账本"), str(BOOK_TITLES[Book(row.book)])),
        (_("产品"), row.product),
        (_("本金"), f"{row.principal.amount:,.2f}"),
        (_("年利率"), _("无") if row.annual_rate is None else f"{row.annual_rate:f}"),
        (_("下单日期"), row.ordered_on.isoformat()),
        (_("下单人"), row.ordered_by.username),
    ]


def _turn_placement(hand: Hand) -> object:
    if hand.which == Key.APPROVE:
        return orders.approve(placement_id=hand.subject_id, actor=hand.person, at=hand.at)
    row = Placement.objects.get(pk=hand.subject_id)
    budget = monthly_budget(row.fund_id, localdate(hand.at))
    return orders.release(placement_id=row.pk, monthly_budget=budget, actor=hand.person, at=hand.at)
