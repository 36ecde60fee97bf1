"""What the provider earns: base and performance fee as pure functions over deed terms. No I/O.

Refuses terms it cannot read, naming what it expected. Amounts are Money in yuan, rates fractions of one
(0.12 = 12 %), scores 0 to 100; each fee is rounded half up to the fen, the rest stays with the estate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from unicodedata import normalize

from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.deeds.tiers import SCORE_MAX, Tier, read_tiers
from custody.kernel.errors import Rejected
from custody.kernel.invariants import invariant
from custody.kernel.money import ZERO, exact, yuan
from custody.kernel.words import told


class RemunerationBase(StrEnum):
    """What the remuneration rates are applied to."""

    COLLECTED_INCOME = "COLLECTED_INCOME"
    RECOGNISED_INCOME = "RECOGNISED_INCOME"
    APPROVED_BUDGET = "APPROVED_BUDGET"
    APPROVED_EXPENDITURE = "APPROVED_EXPENDITURE"
    FIXED = "FIXED"


@dataclass(frozen=True, slots=True)
class BaseTerm:
    """The deed's base. ``fixed`` is the monthly amount, stated for FIXED and for no other kind."""

    kind: RemunerationBase
    fixed: Money | None = None

    def __post_init__(self) -> None:
        invariant(
            (self.kind is RemunerationBase.FIXED) == (self.fixed is not None), "only FIXED has an amount"
        )


@dataclass(frozen=True, slots=True)
class MonthRemuneration:
    """One month's fees under the terms in force on its first day. ``remainder`` stays with the estate."""

    base_kind: RemunerationBase
    base: Money
    base_fee: Money
    performance: Money

    @property
    def remainder(self) -> Money:
        """base − base fee − performance fee, so the parts always sum to the base exactly."""
        return self.base - self.base_fee - self.performance


@dataclass(frozen=True, slots=True)
class Assessed:
    """A period's performance after its score: accrued = payable + lapsed."""

    accrued: Money
    payable: Money
    lapsed: Money
    factor: Decimal

    def __post_init__(self) -> None:
        invariant(self.accrued == self.payable + self.lapsed, "what is accrued is payable or lapses")


def parse_base(text: str) -> BaseTerm:
    """Read ``COLLECTED_INCOME`` … or ``FIXED:86000.00``, whose amount is the base of one month in yuan.

    The rates apply to a fixed base as to any other; a deed that fixes the fee itself states a base rate of 1.
    """
    name, colon, amount = normalize("NFKC", text).strip().partition(":")
    try:
        kind = RemunerationBase(name.strip())
    except ValueError:
        raise _unreadable(text, "、".join(RemunerationBase)) from None
    if kind is not RemunerationBase.FIXED:
        if colon:
            raise _unreadable(text, told(_("%(kind)s 不带金额"), kind=kind))
        return BaseTerm(kind)
    try:
        fixed = yuan(amount.strip())
    except (ValueError, InvalidOperation):
        raise _unreadable(text, _("FIXED 加月金额，例如 FIXED:86000.00")) from None
    if fixed < ZERO:
        raise _unreadable(text, _("FIXED 的月金额不为负数"))
    return BaseTerm(kind, fixed)


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """Read ``90:1.00;80:0.50;0:0.00`` in any order, from the highest score down. Rejected, saying why."""
    try:
        return read_tiers(text)
    except ValueError as fault:
        raise _unreadable(text, str(fault)) from None


def factor_for(score: int, tiers: Sequence[Tier]) -> Decimal:
    """The factor of the highest tier that ``score`` reaches. Rejected for a score outside 0 to 100."""
    if not 0 <= score <= SCORE_MAX:
        raise Rejected(
            _("考核得分应在 0 到 100 之间，而不是 %(score)s"), code="score-out-of-range", score=score
        )
    invariant(tiers and tiers[-1].score_min == 0, "tiers reach down to zero")
    return next(tier.factor for tier in tiers if score >= tier.score_min)


def base_remuneration(base: Money, rate: Decimal) -> Money:
    """Base fee = rate × base, rounded half up to the fen; a base below zero (net refunds) earns nothing."""
    return _share(base, rate)


def performance_accrual(base: Money, rate: Decimal) -> Money:
    """Performance fee accrued for a month = rate × base, rounded half up; nothing on a base below zero."""
    return _share(base, rate)


def remunerate(
    kind: RemunerationBase, base: Money, *, base_rate: Decimal, performance_rate: Decimal
) -> MonthRemuneration:
    """Both fees of one month, each rounded on its own: neither depends on the other or on their order."""
    return MonthRemuneration(
        base_kind=kind,
        base=base,
        base_fee=base_remuneration(base, base_rate),
        performance=performance_accrual(base, performance_rate),
    )


def assess(accruals: Sequence[Money], factor: Decimal) -> Assessed:
    """What a score makes of a period's accruals: payable = factor × their sum, half up; the rest lapses."""
    invariant(0 <= factor <= 1, "a factor lies between 0 and 1")
    accrued = sum(accruals, ZERO)
    payable = exact(accrued.amount * factor)
    return Assessed(accrued=accrued, payable=payable, lapsed=accrued - payable, factor=factor)


def _share(base: Money, rate: Decimal) -> Money:
    invariant(0 <= rate <= 1, "a remuneration rate lies between 0 and 1")
    return exact(base.amount * rate) if base > ZERO else ZERO


def _unreadable(found: str, expected: str) -> Rejected:
    return Rejected(
        _("信托条款的取值「%(found)s」无法识别，应为：%(expected)s"),
        code="term-unreadable",
        found=found,
        expected=expected,
    )
