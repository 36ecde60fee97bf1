"""What a bank line is: a list of explainers is asked in order, and the first that knows answers.

Upper apps register theirs at start-up and are asked first, so custody never imports them; what follows from
a statement that has no line for something (a payment the bank refused) they register as a sequel. Refuses to
leave a line without an answer: the last explainer books money that nobody recognises as suspense or
unexplained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from custody.kernel.invariants import invariant
from custody.ledger.door import Draft
from custody.ledger.entries import Entry
from custody.models import BankLine, Fund, LineKind, Operator


@dataclass(frozen=True, slots=True)
class Explained:
    """What a line is and how it is booked.

    ``entry`` books the line's own amount on cash; None when ``before`` says it all (a reversal by the bank).
    ``before`` are further entries, with their own keys, recorded just ahead of it in the same call.
    ``settles_hold`` is ended by ``entry``. ``after`` receives the sequence of ``entry`` (of the last of
    ``before`` when there is none) in the same transaction, to tie rows to the line or move a state.
    ``effective_on`` of the entries is what the explainer gave; days in a closed period are its to avoid
    (``custody.ledger.periods.open_day``).
    """

    kind: LineKind
    entry: Entry | None
    unit_id: int | None = None
    note: str = ""
    settles_hold: int | None = None
    after: Callable[[int], None] | None = None
    before: tuple[Draft, ...] = ()


Explainer = Callable[[BankLine, Operator, datetime], Explained | None]

_registered: list[Explainer] = []


def register_explainer(explain: Explainer) -> None:
    """Ask ``explain`` before custody's own rules. For AppConfig.ready; a second call changes nothing.

    It is called for every line, in and out, inside the import's transaction; it must answer None quickly,
    without a query, for a line whose text cannot concern it, and must write nothing except in ``after``.
    """
    if explain not in _registered:
        _registered.append(explain)


def explain(line: BankLine, actor: Operator, at: datetime, *, own: Sequence[Explainer]) -> Explained:
    """The first answer of the registered explainers, then of ``own``; the last of ``own`` always answers."""
    for each in (*_registered, *own):
        answer = each(line, actor, at)
        if answer is not None:
            invariant(answer.entry is not None or answer.before, "an explained line is booked")
            return answer
    raise AssertionError("the last explainer answers every line")


class Sequel(Protocol):
    """What is done once an import, in its transaction and behind the fund's lock."""

    def __call__(self, *, fund: Fund, actor: Operator, at: datetime) -> object:
        """Do what follows from the fund's statements as they now stand."""


_sequels: list[Sequel] = []


def register_sequel(follow: Sequel) -> None:
    """Have ``follow`` called when statements of a fund are stored and booked. For AppConfig.ready."""
    if follow not in _sequels:
        _sequels.append(follow)


def follow_statements(*, fund: Fund, actor: Operator, at: datetime) -> None:
    """Do what follows from the statements of ``fund`` as they now stand."""
    for each in _sequels:
        each(fund=fund, actor=actor, at=at)
