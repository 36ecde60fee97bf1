"""The door: the only writer of the journal.

Refuses unbalanced, replayed-with-other-content, closed-period and overdrawing entries; the database
refuses them again. One entry or a thousand take the same SQL function, one round trip a fund.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from djmoney.money import Money

from custody.kernel.errors import (
    Conflict,
    KeyReused,
    NotFound,
    Rejected,
)
from custody.kernel.invariants import invariant
from custody.kernel.money import yuan
from custody.ledger.entries import AccountRef, Entry, Line
from custody.ledger.reads import AccountBalance
from custody.ledger.refusals import refusals_told
from custody.models import Balance, HoldOutcome, JournalEntry, JournalLine


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry with its idempotency key, unique within the fund; ``settles_hold`` ends that hold."""

    entry: Entry
    key: str
    settles_hold: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """Where an entry stands. ``replayed`` says it was already there."""

    fund_id: int
    sequence: int
    replayed: bool


REUSED = _lazy("同一幂等键已用于其他内容：%(field)s 已登记为 %(recorded)s，而不是 %(asked)s")

_POST: LiteralString = "SELECT ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_POST_MANY: LiteralString = (
    "SELECT * FROM ledger_post_many(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def open_fund(fund_id: int) -> None:
    """Give a fund its ledger; a second call changes nothing."""
    _call("SELECT ledger_open_fund(%s)", (fund_id,))


def open_account(*, fund_id: int, book: str, kind: str, code: str = "") -> AccountRef:
    """The fund's account of this book, kind and code, opened on first use."""
    rows = _call("SELECT ledger_open_account(%s, %s, %s, %s)", (fund_id, book, kind, code))
    return AccountRef(fund_id, rows[0][0])


def post(entry: Entry, *, key: str, actor_id: int, at: datetime, settles_hold: int | None = None) -> Posted:
    """Record one entry. The same key and content answers the same; other content raises KeyReused.

    Recorded by the database's clock, never before the entry before it, whatever ``at`` says.
    Errors: InsufficientFunds, PeriodClosed, KeyReused, NotFound (account or fund), Rejected.
    """
    invariant(at.tzinfo is not None, "an instant knows its zone")
    lines = entry.lines
    rows = _call(
        _POST,
        (
            entry.fund_id, actor_id, at.isoformat(), key, entry.template, entry.effective_on.isoformat(),
            entry.memo, entry.source,
            entry.reverses, settles_hold,
            "{" + ",".join([str(line.account.id) for line in lines]) + "}",
            "{" + ",".join([str(line.amount) for line in lines]) + "}",
        ),
    )  # fmt: skip
    answer: int = rows[0][0]
    if answer < 0:  # the key was used before
        _same_content(entry.fund_id, {-answer: Draft(entry, key, settles_hold)})
    return Posted(entry.fund_id, abs(answer), answer < 0)


def post_many(drafts: Sequence[Draft], *, actor_id: int, at: datetime) -> list[Posted]:
    """Record entries in order, all or none per fund; across funds inside one transaction of the caller.

    Answers in the order given. Errors as ``post``.
    """
    invariant(at.tzinfo is not None, "an instant knows its zone")
    answers: list[Posted | None] = [None] * len(drafts)
    by_fund: dict[int, list[int]] = {}
    for index, draft in enumerate(drafts):
        by_fund.setdefault(draft.entry.fund_id, []).append(index)
    for fund_id in sorted(by_fund):
        indexes = by_fund[fund_id]
        chosen = [drafts[index] for index in indexes]
        if len({draft.key for draft in chosen}) < len(chosen):
            raise Conflict(_("同一批分录中有两笔使用了同一个幂等键"), code="key-twice", fund=fund_id)
        for index, posted in zip(indexes, _post_to_fund(fund_id, chosen, actor_id, at), strict=True):
            answers[index] = posted
    return cast(list[Posted], answers)


def _post_to_fund(fund_id: int, drafts: list[Draft], actor_id: int, at: datetime) -> list[Posted]:
    """One round trip; a second one only when some keys were used before."""
    rows = _call(_POST_MANY, _arguments(fund_id, drafts, actor_id, at))
    if not rows[0][2]:
        first = rows[0][1]
        return [Posted(fund_id, sequence, False) for sequence in range(first, first + len(drafts))]
    answers = {ord_ - 1: sequence for ord_, sequence, _ in rows}
    _same_content(fund_id, {sequence: drafts[index] for index, sequence in answers.items()})
    fresh = [index for index in range(len(drafts)) if index not in answers]
    posted = _post_to_fund(fund_id, [drafts[index] for index in fresh], actor_id, at) if fresh else []
    new = {index: each.sequence for index, each in zip(fresh, posted, strict=True)}
    return [Posted(fund_id, (answers | new)[index], index in answers) for index in range(len(drafts))]


def _arguments(fund_id: int, drafts: list[Draft], actor_id: int, at: datetime) -> tuple[Any, ...]:
    """Arrays for ``ledger_post_many``, as literals: the fastest to send and to parse."""
    entries = [draft.entry for draft in drafts]
    lines = [line for e in entries for line in e.lines]
    holds = [draft.settles_hold for draft in drafts]
    return (
        fund_id,
        actor_id,
        at,
        _texts([draft.key for draft in drafts]),
        _texts([e.template for e in entries]),
        "{" + ",".join([e.effective_on.isoformat() for e in entries]) + "}",
        _texts([e.memo for e in entries]),
        _texts([e.source for e in entries]),
        _numbers([e.reverses for e in entries]),
        _numbers(holds) if any(hold is not None for hold in holds) else None,
        _numbers([len(e.lines) for e in entries]),
        _numbers([line.account.id for line in lines]),
        _numbers([line.amount for line in lines]),
    )


def _numbers(values: Iterable[int | Decimal | None]) -> str:
    """An array literal of numbers."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _texts(values: list[str]) -> str:
    """An array literal of texts, each in quotes; a backslash or a quote inside is escaped."""
    joined = "\0".join(values)
    if joined.count("\0") >= len(values):
        raise Rejected(_("文字中不能有空字符"), code="nul-in-text")
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def _same_content(fund_id: int, drafts: dict[int, Draft]) -> None:
    """Raise KeyReused naming the first field in which a replayed draft differs from what is recorded."""
    stored = {e.sequence: e for e in JournalEntry.objects.filter(fund_id=fund_id, sequence__in=drafts)}
    lines: dict[int, list[tuple[int, Decimal]]] = {}
    for sequence, account_id, amount in (
        JournalLine.objects.filter(fund_id=fund_id, sequence__in=drafts)
        .order_by("sequence", "line_no")
        .values_list("sequence", "account_id", "amount")
    ):
        lines.setdefault(sequence, []).append((account_id, amount))
    settled: dict[int | None, int] = dict(
        HoldOutcome.objects.filter(fund_id=fund_id, sequence__in=drafts).values_list("sequence", "hold_id")
    )
    for sequence, draft in drafts.items():
        was, now = stored[sequence], draft.entry
        fields = {
            "template": (was.template, now.template),
            "effective_on": (was.effective_on, now.effective_on),
            "memo": (was.memo, now.memo),
            "source": (was.source, now.source),
            "reverses": (was.reverses, now.reverses),
            "lines": (lines[sequence], [(line.account.id, line.amount) for line in now.lines]),
            "settles_hold": (settled.get(sequence), draft.settles_hold),
        }
        for name, (recorded, asked) in fields.items():
            if recorded != asked:
                raise KeyReused(str(REUSED), key=draft.key, field=name, recorded=recorded, asked=asked)


def reverse(
    *, fund_id: int, sequence: int, key: str, effective_on: date, reason: str, actor_id: int, at: datetime
) -> Posted:
    """Undo an entry once, by its mirror, dated ``effective_on`` (an open day, not before the original).

    Errors: NotFound; Conflict if already reversed or itself a reversal; PeriodClosed; InsufficientFunds.
    """
    original = JournalEntry.objects.filter(fund_id=fund_id, sequence=sequence).first()
    if original is None:
        raise NotFound(_("没有第 %(sequence)s 笔分录"), fund=fund_id, sequence=sequence)
    if original.reverses is not None:
        raise Conflict(
            _("第 %(sequence)s 笔分录本身是冲销，不能再被冲销"),
            code="reversal-of-reversal",
            sequence=sequence,
        )
    before = JournalEntry.objects.filter(fund_id=fund_id, reverses=sequence).exclude(key=key).first()
    if before is not None:
        raise Conflict(
            _("第 %(sequence)s 笔分录已由第 %(by)s 笔冲销，只能冲销一次"),
            code="already-reversed",
            sequence=sequence,
            by=before.sequence,
        )
    if effective_on < original.effective_on:
        raise Rejected(
            _("冲销日期 %(on)s 早于原分录的日期 %(original_on)s，请改用该日或以后的日期"),
            code="reversal-too-early",
            on=effective_on,
            original_on=original.effective_on,
        )
    mirror = Entry(
        template=original.template,
        effective_on=effective_on,
        lines=tuple(_mirrored(fund_id, sequence)),
        memo=reason,
        source=original.source,
        reverses=sequence,
    )
    return post(mirror, key=key, actor_id=actor_id, at=at)


def _mirrored(fund_id: int, sequence: int) -> Iterator[Line]:
    for account_id, amount in (
        JournalLine.objects.filter(fund_id=fund_id, sequence=sequence)
        .order_by("line_no")
        .values_list("account_id", "amount")
    ):
        yield Line(AccountRef(fund_id, account_id), -amount)


def hold(account: AccountRef, amount: Money, *, key: str, reason: str, actor_id: int, at: datetime) -> int:
    """Set money aside on a cash account; answers the hold's number (the same for the same key and content).

    Errors: InsufficientFunds, Conflict (key used for another hold), NotFound, Rejected (not positive).
    """
    if amount.amount <= 0:
        raise Rejected(
            _("暂扣金额应大于零，而不是 %(amount)s 元"), code="hold-not-positive", amount=amount.amount
        )
    rows = _call(
        "SELECT hold_id FROM ledger_hold(%s, %s, %s, %s, %s, %s, %s)",
        (account.fund_id, account.id, amount.amount, key, reason, actor_id, at),
    )
    return int(rows[0][0])


def release_hold(*, fund_id: int, hold_id: int, actor_id: int, at: datetime) -> bool:
    """Give a hold back. False if it was already released; Conflict if it was settled."""
    rows = _call("SELECT ledger_release_hold(%s, %s, %s, %s)", (fund_id, hold_id, actor_id, at))
    return bool(rows[0][0])


def balance_of(account: AccountRef) -> AccountBalance:
    """Posted and held on one account, in one consistent read. NotFound for a foreign account."""
    row = Balance.objects.filter(account_id=account.id, fund_id=account.fund_id).first()
    if row is None:
        raise NotFound(_("该信托没有此账户"), fund=account.fund_id, account=account.id)
    return AccountBalance(posted=yuan(row.posted), held=yuan(row.held))


def close_period(*, proposal_id: int, actor_id: int, at: datetime) -> None:
    """Close days, or open them again, as the proposal says that both keys stand on.

    Errors: Rejected (after yesterday, or a key is missing), Conflict (the fund has moved on since).
    """
    _call("SELECT ledger_close_period(%s, %s, %s)", (proposal_id, actor_id, at))


def anchor(*, fund_id: int, purpose: str, at: datetime, using: str = DEFAULT_DB_ALIAS) -> tuple[int, str]:
    """Note the present chain head as having left the house; answers (sequence, hex digest). Or NotFound."""
    rows = _call("SELECT sequence, chain FROM ledger_anchor(%s, %s, %s)", (fund_id, purpose, at), using)
    if not rows:
        raise NotFound(_("该信托没有账本"), fund=fund_id)
    sequence, chain = rows[0]
    return int(sequence), bytes(chain).hex()


def _call(
    query: LiteralString, arguments: tuple[Any, ...], using: str = DEFAULT_DB_ALIAS
) -> list[tuple[Any, ...]]:
    """Run one prepared statement, on the application's connection if not told; refusals become our errors.

    Asked first, as Django's own cursors ask, whether the connection still stands: once a message or request
    (``close_old_connections`` begins one), never once an entry.
    """
    here = connections[using]
    here.close_if_health_check_failed()
    here.ensure_connection()
    cursor: psycopg.Cursor[tuple[Any, ...]] = psycopg.Cursor(here.connection)
    try:
        return cursor.execute(query, arguments, prepare=True).fetchall()
    except psycopg.Error:
        with refusals_told(), here.wrap_database_errors:
            raise
