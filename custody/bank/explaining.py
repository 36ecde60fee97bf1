"""What a bank line is: a list of explainers is asked in order, and the first that knows answers.

Upper apps register theirs at start-up and are asked first, so custody never imports them. Refuses to leave
a line without an answer: the last explainer books money that nobody recognises as suspense or unexplained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from custody.kernel.invariants import invariant
from custody.ledger.door import Draft
from custody.ledger.entries import Entry
from custody.models import BankLine, LineKind, Operator


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
