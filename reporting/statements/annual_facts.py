"""What the annual trustee report is made from besides the other statements' facts: frozen values, no I/O."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporting.statements.backing import PaidLine
from reporting.statements.budget_run import BudgetRunFacts
from reporting.statements.facts import PendingItem
from reporting.statements.income_sources import IncomeFacts
from reporting.statements.position import PositionFacts
from reporting.statements.returns import PlacementFact


@dataclass(frozen=True, slots=True)
class KeysTurned:
    """How often one organisation turned one of the two keys on one kind of subject, and took it back."""

    subject: str
    key: str
    organisation: str
    turned: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class StayFact:
    """A payment the protector had wait; ``lifted_on`` None while it ran to its day."""

    placed_on: date
    invoice: str
    reason: str
    until: date
    lifted_on: date | None


@dataclass(frozen=True, slots=True)
class QuestionFact:
    """A question asked of a payment, and when it was answered; None while it was not, at the period's end."""

    asked_on: date
    invoice: str
    answer_by: date
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """What was agreed anew: a deed term, a party, a budget; from which day, and by which resolution."""

    on: date
    what: str
    value: str
    resolution: str


@dataclass(frozen=True, slots=True)
class MoveCount:
    """How many invoices came to one state in the period."""

    state: str
    count: int


@dataclass(frozen=True, slots=True)
class YearFacts:
    """All of it. ``pending`` is the end's. Of what was paid, ``base_paid`` is base remuneration, and two keys
    stand on ``both_keys``.
    """

    position: PositionFacts
    budget: BudgetRunFacts
    income: IncomeFacts
    pending: tuple[PendingItem, ...]
    paid: tuple[PaidLine, ...]
    base_paid: Decimal
    both_keys: Decimal
    moves: tuple[MoveCount, ...]
    keys: tuple[KeysTurned, ...]
    stays: tuple[StayFact, ...]
    questions: tuple[QuestionFact, ...]
    placements: tuple[PlacementFact, ...]
    changes: tuple[ChangeFact, ...]
    issued: tuple[tuple[str, int], ...]
