"""What stands above and below the table: account, name, currency, and totals the file states about itself.

Refuses nothing itself; a stated count or total that differs from what was read means the file is not whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from custody.bank import cells as parse
from custody.bank.layouts import FACT_OF, GRAND_TOTALS, PAGE_TOTALS, Fact, plain, spellings_of
from custody.bank.statement import Days
from custody.files.sniffing import Cell

_LABELLED = re.compile(
    r"(?:^|(?<=[\s;,|、]))(?P<label>[^\s:;,|]{2,30})\s*:\s*"
    r"(?P<value>.*?)(?=[\s;|、]+[^\s:;,|]{2,30}\s*:|[;|]|$)",
    re.DOTALL,
)
_HALF_WIDTH = str.maketrans(
    {"\uff1a": ":", "\uff1b": ";", "\u3000": " "}
)  # the marks that part labels and values
_GLUED = re.compile(r"^(?P<label>\D*?[^\W\d])\s*(?P<value>-?[\d,]+(?:\.\d+)?)\s*[笔条元]?$")
_TOGETHER = re.compile(r"共\s*(?P<count>[\d,]+)\s*[笔条]")
_COUNT = re.compile(r"[\d,]+")
_DAY = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})(?=\D|\d{6}(?!\d)|$)")
_SUMS = (Fact.COUNT, Fact.OUT_COUNT, Fact.IN_COUNT, Fact.OUT_TOTAL, Fact.IN_TOTAL, Fact.OPENING, Fact.CLOSING)
_COUNTS = (Fact.COUNT, Fact.OUT_COUNT, Fact.IN_COUNT)
_DAYS = (Fact.PERIOD, Fact.FROM, Fact.TO)


@dataclass(frozen=True, slots=True)
class Stated:
    """One fact the file states about itself, at the 1-based row it stands on; sums are yuan or counts."""

    fact: Fact
    row: int
    label: str
    text: str
    number: Decimal | None = None


def stated_on(row: int, cells: Sequence[Cell]) -> list[Stated]:
    """The facts a row outside the table states: label and value in one cell, or in neighbouring ones."""
    found: list[Stated] = []
    filled = [cell for cell in cells if cell is not None]
    for place, cell in enumerate(filled):
        if not isinstance(cell, str):
            continue
        alone = _fact(cell)
        following = filled[place + 1] if place + 1 < len(filled) else None
        if alone and following is not None and _fact(following) is None:
            found.append(_stated(alone, row, cell, following))
        else:
            found.extend(_inside(row, cell))
    return found


def stated_days(stated: Sequence[Stated]) -> Days | None:
    """The days a file says it covers; None unless both ends are told, once and in order."""
    told = {fact: [day for one in stated if one.fact is fact for day in _days_in(one.text)] for fact in _DAYS}
    ends = told[Fact.PERIOD] or [*told[Fact.FROM], *told[Fact.TO]]
    return Days(ends[0], ends[1]) if len(ends) == 2 and ends[0] <= ends[1] else None


def _days_in(text: str) -> Iterator[date]:
    for year, month, day in _DAY.findall(text):
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue


def is_total(cells: Sequence[Cell]) -> bool:
    """Whether the row sums up: its first filled cell is a total's label."""
    first = plain(next((cell for cell in cells if cell is not None), ""))
    if first.startswith((*PAGE_TOTALS, *GRAND_TOTALS)) or _TOGETHER.match(first):
        return True
    label = re.split(r"[:\d]", first, maxsplit=1)[0]
    return FACT_OF.get(label) in _SUMS


def is_page_total(cells: Sequence[Cell]) -> bool:
    """Whether the row sums up one printed page, so that more lines may follow."""
    return plain(next((cell for cell in cells if cell is not None), "")).startswith(PAGE_TOTALS)


def _inside(row: int, text: str) -> list[Stated]:
    found = []
    text = text.translate(_HALF_WIDTH).strip()
    for matched in _LABELLED.finditer(text):
        fact = _fact(matched["label"])
        if fact and matched["value"].strip():
            value = text[matched.start("value") :] if fact is Fact.PERIOD else matched["value"]
            found.append(_stated(fact, row, matched["label"], value.strip()))
    if not found and (glued := _GLUED.match(text)) and (fact := _fact(glued["label"])):
        found.append(_stated(fact, row, glued["label"], glued["value"]))
    if not any(stated.fact is Fact.COUNT for stated in found) and (together := _TOGETHER.search(text)):
        found.append(_stated(Fact.COUNT, row, "共…笔", together["count"]))
    return found


def _fact(cell: Cell) -> Fact | None:
    if not isinstance(cell, str):
        return None
    return next((FACT_OF[name] for name in spellings_of(cell) if name in FACT_OF), None)


def _stated(fact: Fact, row: int, label: str, value: Cell) -> Stated:
    try:
        text = parse.words(value)
    except ValueError:  # a number that has lost its digits states nothing
        text = ""
    number: Decimal | None = None
    if fact in _COUNTS:
        digits = _COUNT.match(text)
        number = Decimal(digits[0].replace(",", "")) if digits and digits[0].strip(",") else None
    elif fact in _SUMS:
        try:
            number = parse.amount(text)
        except ValueError:
            number = None
    return Stated(fact, row, plain(label), text, number)
