"""One invoice before anybody turns a key: stated, submitted, verified or returned with every reason.

Refuses to change an invoice that is no longer the firm's; a correction writes a new revision of its lines.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds.accounts import paying_account
from custody.kernel.errors import Conflict, Rejected
from custody.kernel.money import yuan
from custody.models import Document, Fund, FundParty, Operator, Organisation, OrganisationKind
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement import selectors
from settlement.decisions import payees
from settlement.invoices import verification
from settlement.invoices.verification import Reason
from settlement.models import Basis, BudgetLine, Settlement, SettlementLine, WorkOrder
from settlement.moves import advance, locked, record
from settlement.states import OPEN

ANSWER_LENGTH_MAX = 300
_MONTH = re.compile(r"(?P<year>\d{4})\s*[-/.年]?\s*(?P<month>\d{1,2})(?:\s*月|[-/.]01)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatedLine:
    """One line as the firm wrote it; ``amount`` in yuan."""

    line_no: int
    budget_code: str
    basis: Basis
    cited: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StatedInvoice:
    """One invoice as the firm wrote it; ``total`` in yuan, tax included."""

    number: str
    issued_on: date
    total: Decimal
    seller: str
    buyer: str
    lines: tuple[StatedLine, ...]


@transaction.atomic
def submit_invoice(
    *, fund: Fund, invoice: StatedInvoice, source_file: Document | None, actor: Operator, at: datetime
) -> Settlement:
    """Put a new invoice on record and judge it: verified, or returned with every reason. Forbidden."""
    ask(Act.SUBMIT_INVOICE, fund_id=fund.pk, actor=actor, on=localdate(at))
    settlement = Settlement.objects.create(
        fund=fund,
        number=invoice.number,
        issued_on=invoice.issued_on,
        total=yuan(invoice.total),
        seller=invoice.seller,
        buyer=invoice.buyer,
        source_file=source_file,
    )
    record(settlement, source="", actor=actor, at=at)
    return _submit_and_judge(settlement, _written(settlement, invoice.lines), actor=actor, at=at)


@transaction.atomic
def correct_invoice(
    *,
    settlement_id: int,
    invoice: StatedInvoice,
    source_file: Document | None,
    actor: Operator,
    at: datetime,
) -> Settlement:
    """State a returned invoice anew under the same number and judge it. Conflict when it is not returned."""
    settlement = _open(settlement_id)
    ask(Act.SUBMIT_INVOICE, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    settlement.issued_on, settlement.total = invoice.issued_on, yuan(invoice.total)
    settlement.seller, settlement.buyer = invoice.seller, invoice.buyer
    settlement.source_file = source_file
    settlement.revision += 1
    settlement.save(
        update_fields=["issued_on", "total", "total_currency", "seller", "buyer", "source_file", "revision"]
    )
    return _submit_and_judge(settlement, _written(settlement, invoice.lines), actor=actor, at=at)


@transaction.atomic
def resubmit(*, settlement_id: int, actor: Operator, at: datetime, seen: int | None = None) -> Settlement:
    """Judge a returned invoice again, as stated, on what is known now.

    ``seen`` is the revision the actor looked at. Conflict when it is not returned, or was stated anew since.
    """
    settlement = _open(settlement_id, seen)
    ask(Act.SUBMIT_INVOICE, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    stated = stated_lines(settlement)
    settlement.revision += 1
    settlement.save(update_fields=["revision"])
    return _submit_and_judge(settlement, _written(settlement, stated), actor=actor, at=at)


@transaction.atomic
def answer_duplicate(
    *, settlement_id: int, answer: str, actor: Operator, at: datetime, seen: int | None = None
) -> Settlement:
    """Say why an invoice alike in payee, amount and date is no duplicate, and have it judged again.

    Errors: Rejected (empty answer, or too long), Conflict (not returned, or stated anew since ``seen``).
    """
    if not answer.strip():
        raise Rejected(_("请说明该发票为何不是重复开票"), code="answer-missing")
    if len(answer.strip()) > ANSWER_LENGTH_MAX:
        raise Rejected(_("说明最多 %(most)s 个字"), code="answer-too-long", most=ANSWER_LENGTH_MAX)
    settlement = _open(settlement_id, seen)
    ask(Act.SUBMIT_INVOICE, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    settlement.duplicate_answer = answer.strip()
    settlement.save(update_fields=["duplicate_answer"])
    return resubmit(settlement_id=settlement_id, actor=actor, at=at)


def reasons_now(settlement: Settlement, *, at: datetime) -> list[Reason]:
    """Why a returned invoice cannot be paid as it stands, each reason with the field it is about."""
    lines = selectors.present_lines().filter(settlement=settlement).order_by("line_no")
    return verification.reasons_against(settlement, list(lines), at=at)


def reasons_if_submitted(
    *, fund: Fund, invoice: StatedInvoice, unread: Collection[str], at: datetime
) -> list[Reason]:
    """What else stands against an invoice that could be read only in part. Writes nothing.

    ``unread`` names the fields of ``invoice`` that hold a stand-in, and "lines" when some line is missing.
    """
    stated = {"issued_on": invoice.issued_on, "total": yuan(invoice.total)}
    stated |= {"seller": invoice.seller, "buyer": invoice.buyer}
    with transaction.atomic():
        settlement = Settlement.objects.update_or_create(fund=fund, number=invoice.number, defaults=stated)[0]
        settlement.revision += 1
        settlement.save(update_fields=["revision"])
        _find_parties(settlement, at)
        lines = _written(settlement, invoice.lines)
        reasons = verification.reasons_against(settlement, lines, at=at, unread=unread)
        transaction.set_rollback(True)
    return reasons


@transaction.atomic
def send_back(*, settlement_id: int, reason: str, actor: Operator, at: datetime) -> Settlement:
    """Return a verified invoice to the firm, as the trustee. Errors: Forbidden, Conflict, Rejected."""
    settlement = locked(settlement_id)
    ask(Act.SEND_BACK_INVOICE, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明退回理由"), code="reason-missing")
    return advance(settlement, settlement.send_back, actor=actor, at=at, reason=reason)


def stated_lines(settlement: Settlement) -> tuple[StatedLine, ...]:
    """The present revision's lines as the firm wrote them."""
    return tuple(
        StatedLine(line.line_no, line.budget_code, Basis(line.basis), line.cited, line.amount.amount)
        for line in selectors.present_lines().filter(settlement=settlement).order_by("line_no")
    )


def _open(settlement_id: int, seen: int | None = None) -> Settlement:
    """The settlement under lock while it is the firm's to correct, in revision ``seen``; else Conflict."""
    settlement = locked(settlement_id)
    if settlement.state not in OPEN:
        raise Conflict(
            _("发票 %(number)s 不在退回状态，不能更改"),
            code="state-moved-on",
            number=settlement.number,
            settlement=settlement.pk,
            state=settlement.state,
        )
    if seen is not None and settlement.revision != seen:
        raise Conflict(
            _("发票 %(number)s 刚被重新申报过，请看最新的结果"),
            code="revision-moved-on",
            number=settlement.number,
            settlement=settlement.pk,
            revision=settlement.revision,
        )
    return settlement


def _submit_and_judge(
    settlement: Settlement, lines: list[SettlementLine], *, actor: Operator, at: datetime
) -> Settlement:
    """draft or returned → submitted → verified or returned."""
    _find_parties(settlement, at)
    settlement.book = next((line.budget_line.book for line in lines if line.budget_line is not None), "")
    settlement.submitted_by = actor
    changed = ["provider", "debtor_account", "payee_account", "book", "submitted_by"]
    advance(settlement, settlement.submit, actor=actor, at=at, changed=changed)
    with translation.override(settings.LANGUAGE_CODE):  # kept on record in the desk's language
        reasons = verification.reasons_against(settlement, lines, at=at)
    if reasons:
        reason = "\n".join(reason.sentence for reason in reasons)
        return advance(settlement, settlement.send_back, actor=actor, at=at, reason=reason)
    return advance(settlement, settlement.verify, actor=actor, at=at)


def _find_parties(settlement: Settlement, at: datetime) -> None:
    """Who is to be paid, where, and from which account, as known now."""
    settlement.provider = _provider(settlement)
    settlement.debtor_account = paying_account(settlement.fund_id, localdate(at))
    settlement.payee_account_id = None
    if settlement.provider is not None:
        settlement.payee_account_id = payees.current(
            fund_id=settlement.fund_id, organisation_id=settlement.provider.pk, on=localdate(at)
        )


def _provider(settlement: Settlement) -> Organisation | None:
    """The provider of this fund whose name stands as the seller, on the day the invoice was issued."""
    parties = FundParty.objects.filter(
        fund_id=settlement.fund_id,
        organisation__kind=OrganisationKind.PROVIDER,
        valid_from__lte=settlement.issued_on,
    ).select_related("organisation")
    for party in parties.order_by("pk"):
        ended = party.valid_until is not None and party.valid_until <= settlement.issued_on
        if not ended and verification.spaceless(party.organisation.name) == verification.spaceless(
            settlement.seller
        ):
            return party.organisation
    return None


def _written(settlement: Settlement, stated: Sequence[StatedLine]) -> list[SettlementLine]:
    """The lines of the present revision, stored, with what they cite found where it exists."""
    return [
        SettlementLine.objects.create(
            settlement=settlement,
            fund_id=settlement.fund_id,
            revision=settlement.revision,
            line_no=line.line_no,
            budget_code=line.budget_code,
            budget_line=budget,
            basis=line.basis,
            cited=line.cited,
            work_order=work,
            period_month=period,
            amount=yuan(line.amount),
        )
        for line, budget, work, period in (_resolved(settlement, line) for line in stated)
    ]


def _resolved(
    settlement: Settlement, line: StatedLine
) -> tuple[StatedLine, BudgetLine | None, WorkOrder | None, date | None]:
    """Budget line, work order and period a line means; the budget year is the work's or the period's."""
    work, period = None, None
    if line.basis == Basis.WORK_ORDER:
        work = (
            WorkOrder.objects.select_related("budget_line")
            .filter(fund_id=settlement.fund_id, number=line.cited)
            .first()
        )
    else:
        period = month_of(line.cited)
    year = work.budget_line.year if work else period.year if period else settlement.issued_on.year
    budget = BudgetLine.objects.filter(fund_id=settlement.fund_id, year=year, code=line.budget_code).first()
    return line, budget, work, period


def month_of(cited: str) -> date | None:
    """The first day of a month written 2025-07, 2025/7, 202507 or 2025年7月; None when it is none."""
    found = _MONTH.fullmatch(cited.strip())
    if found is None or not 1 <= int(found["month"]) <= 12 or int(found["year"]) == 0:
        return None
    return date(int(found["year"]), int(found["month"]), 1)
