"""Explains the bank's placement lines: principal out against a released order, principal and income back.

Refuses to recognise money out that no released order covers, and money back beyond what was placed:
such lines stay unexplained or in suspense for a person to settle. Writes nothing until the line is booked.
"""

import re
from datetime import date, datetime
from decimal import Decimal

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.bank.explaining import Explained
from custody.kernel.accrual import decimal_of, deposit_income
from custody.kernel.errors import Conflict
from custody.kernel.money import ZERO, exact, yuan
from custody.kernel.words import told
from custody.keys import PLACEMENT
from custody.ledger import postings, references
from custody.ledger.door import open_account
from custody.ledger.entries import AccountRef, Entry, credit, debit, entry
from custody.ledger.periods import open_day
from custody.models import Approval, BankLine, Key, LineKind, Operator, Placement
from custody.placements.mandate import FAMILIES, family_of, plain
from custody.placements.states import PLACEMENT_MOVES, PlacementState

_AMOUNT = r"[::]?(?P<amount>\d[\d,]*(?:\.\d{1,2})?)(?![\d.])"
_PRINCIPAL = re.compile("本金" + _AMOUNT)
_INTEREST = re.compile("利息" + _AMOUNT)


def explain_line(line: BankLine, actor: Operator, at: datetime) -> Explained | None:
    """What a placement line books, or None when it is none or matches no placement of this fund."""
    text = plain(f"{line.summary} {line.memo}")
    family = next((each for each in FAMILIES if each in text), None)
    if family is None:
        return None
    return _explain_out(line, family) if line.amount < ZERO else _explain_back(line, family, text)


# ------------------------------------------------------------------------------------------ out


def _explain_out(line: BankLine, family: str) -> Explained | None:
    """The oldest order released by then, of this amount and product, into an account of the fund's name."""
    if plain(line.counterparty_name) != plain(line.account.holder):
        return None
    placement = next(
        (
            each
            for each in Placement.objects.filter(
                fund_id=line.fund_id,
                state=PlacementState.RELEASED,
                principal=-line.amount,
                ordered_on__lte=line.booked_on,
            ).order_by("ordered_on", "pk")
            if family_of(each.product) == family and _released_by(each, line.booked_on)
        ),
        None,
    )
    if placement is None:
        return None
    placement_id = placement.pk

    def placed(_sequence: int) -> None:
        row = _moving(placement_id, PlacementState.PLACED)
        row.placed_line = line
        row.save(update_fields=["state", "placed_line"])

    return Explained(
        kind=LineKind.PLACEMENT_OUT,
        entry=_entry_out(placement, on=open_day(line.fund, line.booked_on), memo=line.memo),
        settles_hold=placement.hold_id,
        after=placed,
    )


def _released_by(placement: Placement, on: date) -> bool:
    """Whether the second key had been turned when the money left: keys turned afterwards mend no break."""
    release = Approval.objects.filter(
        subject_kind=PLACEMENT, subject_id=placement.pk, key=Key.RELEASE, withdrawal__isnull=True
    )
    return any(localdate(each.given_at) <= on for each in release)


def _entry_out(placement: Placement, *, on: date, memo: str) -> Entry:
    return postings.placement_out(
        placement=_account(placement, "placement"),
        cash=_account(placement, "cash"),
        principal=placement.principal,
        on=on,
        memo=memo,
        source=references.cite(references.PLACEMENT, placement.order_key),
    )


# ------------------------------------------------------------------------------------------ back


def _explain_back(line: BankLine, family: str, text: str) -> Explained | None:
    """The placement this money is the return of; the bank's figure is booked, a difference is named."""
    placement = _returned_placement(line, family, text)
    if placement is None:
        return None
    placement_id, income = placement.pk, line.amount - placement.principal

    def returned(_sequence: int) -> None:
        row = _moving(placement_id, PlacementState.RETURNED)
        row.returned_line = line
        row.income = income
        row.save(update_fields=["state", "returned_line", "income", "income_currency"])

    return Explained(
        kind=LineKind.PLACEMENT_BACK,
        entry=_entry_back(placement, income, on=open_day(line.fund, line.booked_on), memo=line.memo),
        note=_note(placement, income, line.booked_on, text),
        after=returned,
    )


def _returned_placement(line: BankLine, family: str, text: str) -> Placement | None:
    """Among placements still out: by the principal named, by amount less interest, or by expected income."""
    principal, interest = _stated(_PRINCIPAL, text), _stated(_INTEREST, text)
    if principal is None and interest is not None:
        principal = line.amount - interest
    out = [
        each
        for each in Placement.objects.filter(
            fund_id=line.fund_id, state=PlacementState.PLACED, placed_line__booked_on__lte=line.booked_on
        )
        .select_related("placed_line")
        .order_by("placed_line__booked_on", "pk")
        if family_of(each.product) == family and each.principal <= line.amount
    ]
    as_agreed = [
        each for each in out if expected_income(each, line.booked_on) == line.amount - each.principal
    ]
    if principal is None:
        return as_agreed[0] if len(as_agreed) == 1 else None
    named = [each for each in out if each.principal == principal]
    return next((each for each in named if each in as_agreed), named[0] if named else None)


def _stated(pattern: re.Pattern[str], text: str) -> Money | None:
    found = pattern.search(text)
    return yuan(Decimal(found["amount"].replace(",", ""))) if found else None


def expected_income(placement: Placement, on: date) -> Money | None:
    """What the agreed rate earns from the day the principal left until ``on``; None when no rate is known."""
    if placement.annual_rate is None or placement.placed_line is None:
        return None
    income = deposit_income(
        placement.principal.amount, placement.annual_rate, placement.placed_line.booked_on, on
    )
    return exact(decimal_of(income))


def _note(placement: Placement, income: Money, on: date, text: str) -> str:
    expected, stated = expected_income(placement, on), _stated(_INTEREST, text)
    notes = []
    if expected is not None and expected != income:
        difference = (income - expected).amount
        notes.append(
            told(
                _("收益 %(income)s 与约定利率应得 %(expected)s 相差 %(difference)s"),
                income=income,
                expected=expected,
                difference=difference,
            )
        )
    if stated is not None and stated != income:
        notes.append(
            told(_("摘要所载利息 %(stated)s 与到账收益 %(income)s 不符"), stated=stated, income=income)
        )
    return "；".join(notes)


def _entry_back(placement: Placement, income: Money, *, on: date, memo: str) -> Entry:
    cash, deposit = _account(placement, "cash"), _account(placement, "placement")
    source = references.cite(references.PLACEMENT, placement.order_key)
    if income == ZERO:
        lines = (debit(cash, placement.principal), credit(deposit, placement.principal))
        return entry("placement_back", on, lines, memo=memo, source=source)
    return postings.placement_back(
        cash=cash,
        placement=deposit,
        placement_income=_account(placement, "placement_income"),
        principal=placement.principal,
        income=income,
        on=on,
        memo=memo,
        source=source,
    )


def _account(placement: Placement, kind: str) -> AccountRef:
    """An account of the fund and book the principal left: nothing ever comes back to another."""
    return open_account(fund_id=placement.fund_id, book=placement.book, kind=kind)


def _moving(placement_id: int, target: PlacementState) -> Placement:
    """The placement under lock with its new state set, not yet saved; Conflict when it moved meanwhile."""
    placement = Placement.objects.select_for_update(of=("self",), no_key=True).get(pk=placement_id)
    if target not in PLACEMENT_MOVES[PlacementState(placement.state)]:
        raise Conflict(
            _("存放的状态已变为%(state)s，不能这样操作"),
            code="illegal-move",
            placement=placement_id,
            state=PlacementState(placement.state),
        )
    placement.state = target
    return placement
