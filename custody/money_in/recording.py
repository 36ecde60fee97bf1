"""Bank lines into the journal: each booked exactly once, explained, and explained again when more is known.

Refuses to leave a stored line without an entry; everything happens in the caller's transaction.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from custody.bank.explaining import Explained, Explainer, explain
from custody.deeds.funds import lock_fund
from custody.files import progress
from custody.files.outcomes import Outcome
from custody.kernel.invariants import invariant
from custody.ledger import door, postings, reads
from custody.ledger.door import Draft
from custody.models import BankLine, Fund, LineExplanation, LineKind, Operator
from custody.money_in import explanations
from custody.money_in.desk import Desk
from custody.money_in.paybacks import promised_back
from custody.permits.acts import Act
from custody.permits.asking import ask

RUN_MAX = 200  # lines posted in one call

Pending = list[tuple[BankLine, Explained]]
DeskExplainer = Callable[[Desk, BankLine], Explained | None]

_own_in_order: list[DeskExplainer] = []


def explain_in_order(*explainers: DeskExplainer) -> None:
    """Custody's own explainers, asked in this order after those of upper apps; the last answers every line.

    For ``CustodyConfig.ready``, where the order can be read.
    """
    _own_in_order[:] = explainers


class IdentifiedCount(TextChoices):
    """What asking again counts."""

    LINES_IDENTIFIED = "lines-identified", gettext_lazy("重新认定流水")


def record_lines(desk: Desk, lines: Sequence[BankLine]) -> Counter[LineKind]:
    """Explain and post freshly stored lines in the bank's order; answers how many of each kind.

    Lines that stand alone go in runs. A line that leaves the account, ends a hold or ties rows is posted by
    itself, after everything before it, so its explainer sees what the lines before it did.
    """
    kinds: Counter[LineKind] = Counter()
    pending: Pending = []
    own = _at_desk(desk)
    for done, line in enumerate(lines, start=1):
        if line.amount.amount < 0:
            _flush(desk, pending)
        explained = explain(line, desk.actor, desk.at, own=own)
        kinds[LineKind(explained.kind)] += 1
        pending.append((line, explained))
        alone = explained.after or explained.before or explained.settles_hold
        if alone or line.amount.amount < 0 or len(pending) >= RUN_MAX:
            _flush(desk, pending)
        progress.reached(done, len(lines))
    _flush(desk, pending)
    if kinds[LineKind.OWN_TRANSFER]:
        reconsider_at_desk(desk)  # what arrived at the other account may have waited for this
    return kinds


def _at_desk(desk: Desk) -> list[Explainer]:
    """Custody's own explainers as they are asked at this desk."""

    def seated(ask: DeskExplainer) -> Explainer:
        return lambda line, _actor, _at: ask(desk, line)

    return [seated(each) for each in _own_in_order]


def _flush(desk: Desk, pending: Pending) -> None:
    """Post what is pending in one call, store why, and tie rows."""
    drafts: list[Draft] = []
    ends: list[int] = []
    for line, explained in pending:
        drafts += explained.before
        if explained.entry is not None:
            drafts.append(Draft(explained.entry, line_key(line), explained.settles_hold))
        invariant(drafts, "an explained line is booked")
        ends.append(len(drafts) - 1)
    if not drafts:
        return
    posted = door.post_many(drafts, actor_id=desk.actor.pk, at=desk.at)
    LineExplanation.objects.bulk_create(
        [
            _explanation(desk, line, explained, posted[end].sequence)
            for (line, explained), end in zip(pending, ends, strict=True)
        ]
    )
    for (_, explained), end in zip(pending, ends, strict=True):
        if explained.after is not None:
            explained.after(posted[end].sequence)
    pending.clear()


def line_key(line: BankLine) -> str:
    """The idempotency key of a line's own entry."""
    return f"bank:{line.account.number}:{line.position}"


def _explanation(desk: Desk, line: BankLine, explained: Explained, sequence: int) -> LineExplanation:
    return LineExplanation(
        line=line,
        fund=desk.fund,
        kind=explained.kind,
        unit_id=explained.unit_id,
        entry_sequence=sequence,
        note=explained.note[:300],
        explained_at=desk.at,
    )


@transaction.atomic
def reconsider_lines(*, fund: Fund, actor: Operator, at: datetime) -> Outcome:
    """Ask again about every suspense and unexplained line; what became clear is rebooked, dated as before.

    A rebooking is one linked reversal and the entry the line would have had, on the same open day, so every
    order of arrival of statements and details ends in the same balances on every day. Errors: Forbidden.
    """
    ask(Act.RECONSIDER_LINES, fund_id=fund.pk, actor=actor, on=localdate(at))
    desk = Desk(lock_fund(fund), actor, at)
    resolved = reconsider_at_desk(desk)
    return Outcome(already_done=not resolved, counts={IdentifiedCount.LINES_IDENTIFIED: resolved})


def reconsider_at_desk(desk: Desk) -> int:
    """The work of ``reconsider_lines`` inside an import; answers how many lines were resolved."""
    own = _at_desk(desk)
    resolved = 0
    promised = promised_back(desk.fund.pk)
    for was in explanations.open_explanations(desk.fund.pk):
        if was.line_id in promised:
            continue
        explained = explain(was.line, desk.actor, desk.at, own=own)
        if explained.kind != was.kind:
            rebook(desk, was, explained)
            resolved += 1
        elif explained.note != was.note:
            _explanation(desk, was.line, explained, was.entry_sequence).save()
    return resolved


def rebook(desk: Desk, was: LineExplanation, explained: Explained) -> LineExplanation:
    """Undo what the line was booked as and post what it is, in one call: cash is never short in between."""
    invariant(explained.entry is not None, "a line is rebooked by an entry of its own")
    original = reads.recorded_entry(desk.fund.pk, was.entry_sequence)
    on = desk.open_day(was.line.booked_on)
    key = line_key(was.line)
    undo = postings.mirror(original=original, sequence=was.entry_sequence, on=on, memo="查明转出")
    drafts = [Draft(undo, f"{key}:undone:{was.entry_sequence}"), *explained.before]
    if explained.entry is not None:
        identified = f"{key}:identified:{was.entry_sequence}"
        drafts.append(Draft(explained.entry, identified, explained.settles_hold))
    posted = door.post_many(drafts, actor_id=desk.actor.pk, at=desk.at)
    now = _explanation(desk, was.line, explained, posted[-1].sequence)
    now.save()
    if explained.after is not None:
        explained.after(posted[-1].sequence)
    return now
