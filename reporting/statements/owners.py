"""What owners are shown of a month, from the same facts and figures as the fund statement. Pure.

Refuses (InvariantBroken) a line of the page that is not the sum of the entries behind it. All amounts are
text with two decimals, so that a published month is a value for ever; labels are in owners' words.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from custody.kernel.invariants import invariant
from custody.ledger.chart import BOOK_TITLES, KINDS, Book
from reporting.statements.bank import bank_balance, uncovered
from reporting.statements.common import BOOKS, FUNDS, INCOMES, ratio
from reporting.statements.facts import NOTHING, DetailLine, Evidence, PendingItem
from reporting.statements.flow import Flow, budget_lines, flow_of
from reporting.statements.fund import FundFacts
from reporting.statements.masks import Masks
from reporting.statements.paper_words import template_title

SUSPENSE = "suspense"
WORDS = {
    "property_fee": "物业费", "parking": "停车费", "advertising": "广告费", "grant": "激励资金",
    "other_income": "其他收入", "interest": "存款利息", "placement_income": "存款收益", "refund": "退还的钱",
    SUSPENSE: "还不知道是谁交的", "channel_fee": "收款手续费", "bank_charge": "银行手续费",
    "unexplained": "还没查明的付款", "interest_tax": "利息税", "interest_charged": "银行收的负利息",
    "judicial": "法院扣划", "recoverable": "等追回的钱", "trustee_fee": "信托报酬",
    "custody_fee": "银行保管费", "performance_fee": "绩效酬金",
    "book_transfer": "两本账之间", "corpus": "移交和追加的本金",
}  # fmt: skip
_OWED = {
    "performance_withheld": "绩效酬金，等考核", "performance_payable": "绩效酬金，已考核",
    "trustee_fee_payable": "信托报酬", "custody_fee_payable": "银行保管费",
}  # fmt: skip
_HOLDINGS = {"cash": "银行专户", "placement": "定期和通知存款", "in_transit": "扫码付了、银行还没到账"}
# Kinds that a page adds up under one word.
_UNDER = {
    "trustee_fee_payable": "trustee_fee", "custody_fee_payable": "custody_fee",
    "performance_withheld": "performance_fee", "performance_payable": "performance_fee",
}  # fmt: skip
_FEES = ("trustee_fee", "custody_fee", "performance_fee")
_COSTS = (
    "channel_fee", "bank_charge", "unexplained", "interest_tax", "interest_charged", "judicial",
    "recoverable",
)  # fmt: skip
_SCANNED = "merchant_order_collected"
RESERVED = ("fund", "budget", "papers", "profit")  # what else a month's addresses name
_PLAIN_CODE = re.compile(r"[0-9A-Za-z_.]{1,20}")


class VoucherLine(NamedTuple):
    """A line of an invoice: what entitles it, the work order or month it names, yuan."""

    basis: str
    cited: str
    amount: Decimal


class WorkBehind(NamedTuple):
    """Accepted work: number, what it was, when done, when and by whom accepted."""

    number: str
    description: str
    completed_on: date
    accepted_on: date
    accepted_by: str


class KeyTurned(NamedTuple):
    """One of the two keys: which kind of organisation's, its name, the day."""

    kind: str
    name: str
    on: date


class PaperBehind(NamedTuple):
    """A kept file: digest, what it is, bytes, the day it was kept. Its name may name people: not here."""

    sha256: str
    kind: str
    size: int
    kept_on: date


@dataclass(frozen=True, slots=True)
class Voucher:
    """What stands behind an entry; ``number`` empty where no invoice does."""

    number: str = ""
    seller: str = ""
    lines: tuple[VoucherLine, ...] = ()
    work: tuple[WorkBehind, ...] = ()
    keys: tuple[KeyTurned, ...] = ()
    papers: tuple[PaperBehind, ...] = ()


class Unpaid(NamedTuple):
    """Invoices on their way to be paid: how many, yuan."""

    invoices: int
    total: Decimal


NONE_UNPAID = Unpaid(0, NOTHING)


@dataclass(frozen=True, slots=True)
class EstateBeside:
    """(kind, name, since) of parties; (reference, title, day) of resolutions; (year, quarter, score)."""

    parties: tuple[tuple[str, str, date], ...] = ()
    resolutions: tuple[tuple[str, str, date], ...] = ()
    scores: tuple[tuple[int, int, int], ...] = ()
    unpaid: Unpaid = NONE_UNPAID


@dataclass(frozen=True, slots=True)
class OwnersFacts:
    """``fund``: the statement's; ``held_back``: reasons by entry (sequence) and paper (SHA-256)."""

    fund: FundFacts
    masks: Masks
    vouchers: Mapping[int, Voucher]
    estate: EstateBeside = field(default_factory=EstateBeside)
    held_back: Mapping[str, str] = field(default_factory=dict)


def slug_of(kind: str, code: str = "") -> str:
    """How an address names a line: its kind, or its budget code where that is plain letters and digits."""
    if kind != "budget_spending":
        return _UNDER.get(kind, kind)
    plain = _PLAIN_CODE.fullmatch(code) and code not in (*KINDS, *RESERVED)
    return code if plain else f"b-{code.encode().hex()}"


def flow_said(facts: FundFacts) -> dict[str, Any]:
    """Opening, what came in and went out line by line, closing: one span's figures as text."""
    figures = facts.ledger.figures
    flow = flow_of(figures, budget_lines(facts.budget, figures))
    tallies = _tallies(facts.ledger.lines)
    received = [
        _line(kind, WORDS[kind], _sum(amounts), tallies)
        for kind, (_label, amounts) in zip(INCOMES, flow.receipts, strict=True)
    ]
    pending = _sum(flow.pending)
    other = [(kind, amount) for kind, amount in (("book_transfer", _sum(flow.transfers)),
                                                 ("corpus", _sum(flow.corpus))) if amount]  # fmt: skip
    return {
        "opening": _text(_sum(flow.opening)),
        "received": _text(_sum(flow.received)),
        "pending": _text(pending),
        "came": _text(_sum(flow.received) + pending),
        "paid": _text(_sum(flow.paid)),
        "other": [_line(kind, WORDS[kind], amount, tallies) for kind, amount in other],
        "closing": _text(_sum(flow.closing)),
        "received_lines": [each for each in received if each["count"] or each["amount"] != "0.00"],
        "pending_line": _line(SUSPENSE, WORDS[SUSPENSE], pending, tallies),
        "paid_lines": _paid_lines(flow, tallies),
    }


def month_said(facts: OwnersFacts) -> dict[str, Any]:
    """Everything the month's page says."""
    ledger, heading = facts.fund.ledger, facts.fund.ledger.heading
    cash = ledger.total("closing", kinds=("cash",))
    bank = (
        None
        if uncovered(facts.fund.bank, heading.span)[-1:]
        else bank_balance(facts.fund.bank, heading.to_on)
    )
    entries = heading.entries
    return {
        "version": 1,
        "fund": heading.fund_code,
        "estate": heading.estate,
        "from": heading.from_on.isoformat(),
        "to": heading.to_on.isoformat(),
        "demonstrated": heading.demonstrated,
        **flow_said(facts.fund),
        "bank": None if bank is None else _text(bank),
        "cash": _text(cash),
        "agrees": bank == cash,
        "holdings": [
            [_HOLDINGS[kind], _text(amount)]
            for kind in FUNDS
            if (amount := ledger.total("closing", kinds=(kind,))) or kind == "cash"
        ],
        "books": [
            [BOOK_TITLES[book], _text(ledger.total("closing", kinds=FUNDS, book=book))] for book in BOOKS
        ],
        "budget": _budget(facts.fund),
        "suspense": [
            [each.item.first_on.isoformat(), _who(facts, each),
             _text(NOTHING - each.item.amount), each.item.sequence]
            for each in facts.fund.pending
            if each.item.kind == SUSPENSE
        ],
        "unpaid": _unpaid(facts),
        "scores": [list(each) for each in facts.estate.scores],
        "parties": [[kind, name, since.isoformat()] for kind, name, since in facts.estate.parties],
        "resolutions": [
            [reference, facts.masks.text(title), on.isoformat()]
            for reference, title, on in facts.estate.resolutions
        ],
        "entries": [entries.count, entries.first, entries.last],
    }  # fmt: skip


def _who(facts: OwnersFacts, each: PendingItem) -> str:
    """Who paid what nobody has claimed, by surname; nobody where two keys hold that back."""
    return "" if str(each.item.sequence) in facts.held_back else facts.masks.party(each.evidence.party)


@dataclass(frozen=True, slots=True)
class EntryShown:
    """One entry's page: ``amount`` is what it did to the funds; ``reason`` why it says no more, or empty."""

    sequence: int
    amount: Decimal
    shows: dict[str, Any]
    reason: str


def entries_shown(facts: OwnersFacts) -> list[EntryShown]:
    """Every entry of the month, by day and number, each with the lines of the page that it is part of."""
    by_entry: dict[int, list[DetailLine]] = defaultdict(list)
    for line in facts.fund.ledger.lines:
        by_entry[line.sequence].append(line)
    shown = [_entry(facts, lines) for lines in by_entry.values()]
    _require_sums(flow_said(facts.fund), shown)
    return shown


def papers_shown(facts: OwnersFacts) -> Iterator[tuple[PaperBehind, list[int], str]]:
    """Each paper behind the month's entries, the entries it stands behind, why it is held back if it is."""
    behind: dict[PaperBehind, list[int]] = defaultdict(list)
    for sequence, voucher in facts.vouchers.items():
        for paper in voucher.papers:
            behind[paper].append(sequence)
    seen: set[str] = set()
    for paper, entries in behind.items():
        if paper.sha256 not in seen:
            seen.add(paper.sha256)
            yield paper, sorted(entries), facts.held_back.get(paper.sha256, "")


def _entry(facts: OwnersFacts, lines: Sequence[DetailLine]) -> EntryShown:
    first = lines[0]
    amount = sum((line.amount for line in lines if line.kind in FUNDS), NOTHING)
    parts: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for line in lines:
        if line.kind not in FUNDS:
            sign = 1 if line.kind == "budget_spending" or slug_of(line.kind) in (*_COSTS, *_FEES) else -1
            parts[slug_of(line.kind, line.code)] += sign * line.amount
    shows: dict[str, Any] = {
        "fund": facts.fund.ledger.heading.fund_code,
        "sequence": first.sequence,
        "on": first.effective_on.isoformat(),
        "words": template_title(first.template),
        "amount": _text(amount),
        "books": [BOOK_TITLES[Book(book)] for book in dict.fromkeys(line.book for line in lines)],
        "lines": {slug: _text(part) for slug, part in parts.items() if part},
    }
    reason = facts.held_back.get(str(first.sequence), "")
    if not reason:
        shows |= _particulars(facts, first.sequence)
    return EntryShown(first.sequence, amount, shows, reason)


def _particulars(facts: OwnersFacts, sequence: int) -> dict[str, Any]:
    evidence = facts.fund.evidence.get(sequence, (Evidence(), ""))[0]
    voucher, masks = facts.vouchers.get(sequence), facts.masks
    said: dict[str, Any] = {
        "party": masks.party(evidence.party),
        "cited": [masks.text(each) for each in evidence.cited.split("；") if each],
    }
    if voucher is None:
        return said
    if voucher.number:
        said |= {
            "invoice": voucher.number,
            "seller": masks.party(voucher.seller),
            "invoice_lines": [
                [each.basis, masks.text(each.cited), _text(each.amount)] for each in voucher.lines
            ],
            "work": [
                [each.number, masks.text(each.description), each.completed_on.isoformat(),
                 each.accepted_on.isoformat(), masks.party(each.accepted_by)]
                for each in voucher.work
            ],
            "agreed": [[each.kind, each.name, each.on.isoformat()] for each in voucher.keys],
        }  # fmt: skip
    return said | {"papers": [[each.sha256, each.kind] for each in voucher.papers]}


def _require_sums(said: Mapping[str, Any], shown: Sequence[EntryShown]) -> None:
    """Each line of the page is what its entries add up to, and so is the whole."""
    sums: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for each in shown:
        for slug, part in each.shows["lines"].items():
            sums[slug] += Decimal(part)
    lines = [*said["received_lines"], *said["paid_lines"], *said["other"], said["pending_line"]]
    for line in lines:
        invariant(sums[line["slug"]] == Decimal(line["amount"]), f"{line['slug']} is the sum of its entries")
    moved = sum((each.amount for each in shown), NOTHING)
    invariant(Decimal(said["opening"]) + moved == Decimal(said["closing"]), "opening + entries = closing")


def _tallies(lines: Sequence[DetailLine]) -> dict[str, list[tuple[int, bool]]]:
    """The entries that moved each line of the page, and whether each was scanned at a merchant's."""
    parts: dict[tuple[str, int, bool], Decimal] = defaultdict(lambda: NOTHING)
    for line in lines:
        if line.kind not in FUNDS:
            parts[slug_of(line.kind, line.code), line.sequence, line.template == _SCANNED] += line.amount
    found: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for (slug, sequence, scanned), amount in parts.items():
        if amount:
            found[slug].append((sequence, scanned))
    return found


def _line(
    slug: str, label: str, amount: Decimal, tallies: Mapping[str, list[tuple[int, bool]]]
) -> dict[str, Any]:
    """``entry``: the one entry behind it, 0 where there are several or none."""
    entries = tallies.get(slug, [])
    return {
        "slug": slug,
        "label": label,
        "amount": _text(amount),
        "count": len(entries),
        "scanned": sum(scanned for _sequence, scanned in entries),
        "entry": entries[0][0] if len(entries) == 1 else 0,
    }


def _paid_lines(flow: Flow, tallies: Mapping[str, list[tuple[int, bool]]]) -> list[dict[str, Any]]:
    """By budget line, then costs and fees; lines that were nothing are left out."""
    slugs = [*_COSTS, *_FEES]
    lines = []
    for label, code, amounts in flow.payments:
        slug = slug_of("budget_spending", code) if code else slugs.pop(0)
        said = label.removeprefix(code).strip() if code else WORDS[slug]
        if _sum(amounts) or (code and tallies.get(slug)):
            lines.append(_line(slug, said, _sum(amounts), tallies))
    return lines


def _budget(facts: FundFacts) -> list[list[Any]]:
    """Each budget line: slug, name, the year's amount, used of it so far, the share used."""
    used: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for movement in facts.ledger.figures.movements:
        if movement.kind == "budget_spending":
            used[movement.code] += movement.year_to_date
    return [
        [slug_of("budget_spending", row.code), row.name, _text(row.annual), _text(used[row.code]),
         _share(used[row.code], row.annual)]
        for row in facts.budget
    ]  # fmt: skip


def _unpaid(facts: OwnersFacts) -> list[list[str]]:
    ledger, waiting = facts.fund.ledger, facts.estate.unpaid
    rows = [[f"已报未付的发票{waiting.invoices}张", _text(waiting.total)]] if waiting.invoices else []
    for kind, label in _OWED.items():
        owed = NOTHING - ledger.total("closing", kinds=(kind,))
        if owed:
            rows.append([label, _text(owed)])
    return rows


def _share(part: Decimal, whole: Decimal) -> str:
    found = ratio(part, whole)
    return "" if found is None else f"{found * 100:.1f}"


def _sum(amounts: Sequence[Decimal]) -> Decimal:
    return sum(amounts, NOTHING)


def _text(amount: Decimal) -> str:
    return f"{amount + 0:.2f}"
