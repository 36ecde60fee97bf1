"""Makes a whole pack of uploads for an invented estate, and the figures that must come out of it.

The same seed and options always make the same estate. The figures are worked from the definitions by
``arithmetic``, from what the maker knows it invented: the files are never read back, and nothing of the
application is used.
"""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from tests.packs.arithmetic import figures, key_of
from tests.packs.bank_writer import LAYOUTS, PrintedLine, write_statement
from tests.packs.invention import Invented, Options, about_rows, invent, provider_rows
from tests.packs.money_in import Draft, money_in
from tests.packs.money_out import facts_of, money_out
from tests.packs.upload_writer import (
    typed,
    write_channel,
    write_estate,
    write_invoices,
    write_public_revenue,
    write_work,
)


def make_pack(folder: Path, *, seed: int, **options: Any) -> dict[str, Any]:
    """Write a pack into ``folder``; answers its expected figures, which expected.json also holds.

    ``options`` are the fields of ``invention.Options``.
    """
    chosen = Options(**options)
    rng = Random(seed)
    draft = Draft(rng, invent(rng, seed, chosen), chosen)
    money_in(draft)
    money_out(draft)
    folder.mkdir(parents=True, exist_ok=True)
    write_statements(folder, draft)
    write_uploads(folder, seed, draft)
    text = json.dumps(figures(facts_of(draft)), ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(text, encoding="utf-8")
    expected: dict[str, Any] = json.loads(text)
    return expected


def printed(draft: Draft) -> list[PrintedLine]:
    """The quarter's lines oldest first, each with the balance after it."""
    balance, lines = draft.estate.operating + draft.estate.maintenance, []
    for place, told in enumerate(sorted(draft.told, key=lambda told: told.line.at), start=1):
        balance += told.line.amount
        if balance < 0:
            raise ValueError(f"the bank account is short at {told.line.at}")
        voucher = f"{told.line.at:%Y%m%d}{place:08d}"
        words = (told.name, told.account, told.summary, told.memo, voucher)
        lines.append(PrintedLine(told.line.at, told.line.amount, balance, *words))
    return lines


def write_statements(folder: Path, draft: Draft) -> None:
    """Three monthly files of the chosen bank."""
    lines = printed(draft)
    for month in draft.months:
        of_month = [line for line in lines if key_of(line.at.date()) == key_of(month)]
        write_statement(folder, key_of(month), LAYOUTS[draft.options.layout], draft.estate.account, of_month)


def channel_rows(draft: Draft, month: date) -> list[list[str]]:
    """A month of the merchant's detail, by the time the payer paid."""
    rows = sorted(draft.orders, key=lambda row: row[0].at)
    return [
        [number, f"{made.at:%Y-%m-%d %H:%M:%S}", unit, owner, f"{made.amount:.2f}", f"{made.fee:.2f}"]
        for made, number, unit, owner in rows
        if key_of(made.at.date()) == key_of(month)
    ]


def write_uploads(folder: Path, seed: int, draft: Draft) -> None:
    """Everything but the statements."""
    estate, options = draft.estate, draft.options
    for month in draft.months:
        write_channel(folder, key_of(month), channel_rows(draft, month))
    revenue = [[line.on, *words, line.amount, line.batch] for line, *words in draft.revenue]
    write_public_revenue(folder, revenue)
    year, quarter = draft.months[0].year, int(options.quarter[5])
    spelt = [[typed(value) for value in row] for row in draft.work] if options.typed_as_text else draft.work
    write_work(folder, spelt, assessments(draft, year, quarter))
    invoices = [
        [number, on, total, estate.provider, estate.account.name] for number, on, total in draft.invoices
    ]
    if options.typed_as_text:
        invoices = [[typed(value) for value in row] for row in invoices]
    write_invoices(folder, invoices, draft.invoice_rows)
    write_estate(
        folder,
        about_rows(seed, estate, options),
        term_rows(estate),
        [[u.building, u.entrance, u.room, u.area, u.owner, u.price] for u in estate.units],
        budget_rows(draft, year),
        provider_rows(seed, estate),
    )


def assessments(draft: Draft, year: int, quarter: int) -> list[list[Any]]:
    """The quarter's score; with other years, also the score of the quarter before."""
    rows = [[year, quarter, draft.options.score, "业主委员会"]]
    if draft.options.other_years:
        rows.insert(0, [year - (quarter == 1), (quarter - 2) % 4 + 1, 41, "业主委员会"])
    return rows


def budget_rows(draft: Draft, year: int) -> list[list[Any]]:
    """The year's budget; with other years, also a far smaller one of the year before."""
    years = {year: 1, year - 1: 1000} if draft.options.other_years else {year: 1}
    return [
        [each, line.code, line.name, line.book, (line.annual / divisor).quantize(Decimal("0.01"))]
        for each, divisor in years.items()
        for line in draft.estate.budget
    ]


def term_rows(estate: Invented) -> Sequence[Sequence[object]]:
    """The deed's rows; a count of months is a number in the sheet, rates are text, as published."""
    return [
        [term.name, Decimal(term.value) if term.name == "流动性底线月数" else term.value, term.effective_on]
        for term in estate.terms
    ]
