"""Who may have sent a receipt that nobody recognised: units of the roster, each with its reasons in words.

Refuses to guess where the text says what else the money is; never writes, a person identifies.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from custody.deeds.units import BilledUnit, billed_units
from custody.kernel.words import told
from custody.models import BankLine, LineKind
from custody.money_in import explanations, rules
from custody.money_in.collected import Months, fee_month, month_after, months_paid
from custody.money_in.desk import Desk
from custody.money_in.receipts import said
from custody.money_in.roster import Roster, folded_name, folded_text, owners_named

FOUND_KINDS = (LineKind.PROPERTY_FEE, LineKind.IDENTIFIED)
MONTHS_AT_ONCE = (1, 3, 6, 12)  # how fees are paid: a month, a quarter, half a year, a year


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may have sent a receipt, for ``months`` (first days), and why."""

    unit: BilledUnit
    months: tuple[date, ...]
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        span = f"{self.months[0]:%Y-%m}"
        if len(self.months) > 1:
            span = told(_("%(first)s 至 %(last)s"), first=span, last=f"{self.months[-1]:%Y-%m}")
        return told(
            _("%(unit)s %(months)s（%(reasons)s）"), unit=self.unit.address, months=span,
            reasons="；".join(self.reasons),
        )  # fmt: skip


@dataclass
class _Search:
    """The fund's units and what is known of them, fetched once for all its receipts."""

    units: dict[int, BilledUnit]
    roster: Roster
    by_owner: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_account: dict[str, dict[int, date]] = field(default_factory=lambda: defaultdict(dict))
    paid: dict[int, Months] = field(default_factory=dict)

    def with_fee_of(self, amount: Decimal) -> list[tuple[int, int]]:
        """(unit, months at once) whose fee for so many months is this amount."""
        return [
            (unit.id, count)
            for count in MONTHS_AT_ONCE
            for unit in self.units.values()
            if unit.monthly_fee.amount > 0 and unit.monthly_fee.amount * count == amount
        ]

    def known_by(self, line: BankLine) -> dict[int, list[str]]:
        """Units that the line's text, payer or account points at, with why."""
        found: dict[int, list[str]] = defaultdict(list)
        for unit_id in sorted(self.roster.named(said(line))):
            found[unit_id].append(_("附言写有该房号"))
        for unit_id in self.by_owner.get(folded_name(line.counterparty_name), []):
            found[unit_id].append(_("付款人与业主同名"))
        paid_for = self.by_account.get(line.counterparty_account, {})
        for unit_id, on in ((each, on) for each, on in paid_for.items() if each in self.units):
            found[unit_id].append(told(_("该账户 %(on)s 曾为该户付款"), on=on))
        return found

    def unpaid(self, unit_id: int, first: date, count: int) -> tuple[date, ...] | None:
        """``count`` months from ``first`` on; None when something came in for one of them."""
        months = [first]
        while len(months) < count:
            months.append(month_after(months[-1]))
        return None if any(self.paid[unit_id].get(each) for each in months) else tuple(months)

    def first_unpaid(self, unit_id: int, month: date, amount: Decimal) -> tuple[date, ...]:
        """The month, or the first after it, that is not paid whole; as many as the amount pays exactly."""
        fee = self.units[unit_id].monthly_fee.amount
        while fee > 0 and self.paid[unit_id].get(month, Decimal(0)) >= fee:
            month = month_after(month)
        count = next((each for each in MONTHS_AT_ONCE if fee > 0 and fee * each == amount), 1)
        return self.unpaid(unit_id, month, count) or (month,)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the roster says of receipts in suspense, by their lines' ids.

    ``owners``: lines whose payer is an owner; ``accounts``: lines whose account paid for a unit before.
    ``paid``: yuan received by unit and month, of every unit that is a candidate.
    """

    candidates: dict[int, tuple[Candidate, ...]]
    owners: frozenset[int]
    accounts: frozenset[int]
    paid: dict[int, Months]


def candidates(fund_id: int) -> dict[int, tuple[Candidate, ...]]:
    """Of each receipt in suspense that may be a fee, by its line's id: candidates, most reasons first."""
    lines = [each.line for each in explanations.open_explanations(fund_id) if each.kind == LineKind.SUSPENSE]
    return searched(fund_id, lines).candidates


def searched(fund_id: int, receipts: Sequence[BankLine]) -> Findings:
    """The same of these receipts of one fund alone, and what else the roster and history say of them."""
    lines = [each for each in receipts if _may_be_a_fee(each)]
    if not receipts:
        return Findings({}, frozenset(), frozenset(), {})
    search = _search(fund_id, receipts)
    pointed = {line.pk: search.known_by(line) for line in lines}
    fitting = {line.pk: search.with_fee_of(line.amount.amount) for line in lines}
    wanted = {unit_id for found in pointed.values() for unit_id in found}
    wanted |= {unit_id for found in fitting.values() for unit_id, _count in found}
    search.paid = months_paid(fund_id, [search.units[each] for each in wanted])
    return Findings(
        {line.pk: _of(search, line, pointed[line.pk], fitting[line.pk]) for line in lines},
        frozenset(each.pk for each in receipts if folded_name(each.counterparty_name) in search.by_owner),
        frozenset(each.pk for each in receipts if each.counterparty_account in search.by_account),
        search.paid,
    )


def _may_be_a_fee(line: BankLine) -> bool:
    """Whether nothing in the text says that the money is something else."""
    text = said(line)
    kind = rules.read_kind(text=text, amount=line.amount.amount)
    return kind is None and not rules.OTHER_PURPOSES.search(folded_text(text))


def _search(fund_id: int, lines: Sequence[BankLine]) -> _Search:
    units = {each.id: each for each in billed_units(fund_id, max(each.booked_on for each in lines))}
    search = _Search(units, Desk.roster_of(units.values()))
    for unit in units.values():
        for name in sorted(owners_named(unit.owner_name)):
            search.by_owner[name].append(unit.id)
    accounts = {line.counterparty_account for line in lines} - {""}
    used = (
        explanations.newest_explanations(fund_id)
        .filter(kind__in=FOUND_KINDS, unit__isnull=False, line__counterparty_account__in=accounts)
        .values_list("line__counterparty_account", "unit_id")
        .annotate(last=Max("line__booked_on"))
        .order_by("last")
    )
    for account, unit_id, last in used:
        search.by_account[account][unit_id or 0] = last
    return search


def _of(
    search: _Search, line: BankLine, pointed: dict[int, list[str]], fitting: Sequence[tuple[int, int]]
) -> tuple[Candidate, ...]:
    """One receipt's candidates: the only unit whose fee it is, and those it points at."""
    first, amount = fee_month(said(line), line.booked_on), line.amount.amount
    open_ones = {
        unit_id: months
        for unit_id, count in fitting
        if (months := search.unpaid(unit_id, first, count)) is not None
    }
    reasons = {unit_id: list(why) for unit_id, why in pointed.items()}
    if len(open_ones) == 1:
        for unit_id, months in open_ones.items():
            reasons.setdefault(unit_id, []).insert(0, _fee_reason(months))
    found = [
        Candidate(
            search.units[unit_id],
            open_ones.get(unit_id) or search.first_unpaid(unit_id, first, amount),
            tuple(why),
        )
        for unit_id, why in reasons.items()
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.reasons), each.unit.address)))


def _fee_reason(months: tuple[date, ...]) -> str:
    if len(months) == 1:
        return told(
            _("金额正是该户 %(month)s 的物业费，该月未收到，且只有该户如此"), month=f"{months[0]:%Y-%m}"
        )
    return told(_("金额正是该户 %(count)s 个月的物业费，这几个月均未收到，且只有该户如此"), count=len(months))
