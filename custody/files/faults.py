"""What is wrong with a file, cell by cell, in a clerk's words. Refuses nothing without a reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from custody.kernel.invariants import invariant
from custody.kernel.words import told

VALUE_SHOWN_MAX = 60  # characters of a cell repeated back; the rest is the file's, not the message's


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (``row`` 1-based, as a clerk sees it), what stood there, what was expected."""

    file: str
    sheet: str
    row: int | None
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        """One line: 文件 sheet 第N行 列「…」 值「…」：expected。"""
        where = [self.file]
        if self.sheet:
            where.append(self.sheet)
        if self.row is not None:
            where.append(told(_("第%(row)s行"), row=self.row))
        if self.column:
            where.append(told(_("列「%(column)s」"), column=self.column))
        if self.value:
            where.append(told(_("值「%(value)s」"), value=shown(self.value)))
        return told(_("%(place)s：%(expected)s"), place=" ".join(where), expected=self.expected)

    def as_dict(self) -> dict[str, str | int | None]:
        """The same facts for a machine, keys in reading order."""
        return asdict(self)


class Refused(Exception):
    """The whole file is refused; ``faults`` carries every reason, never none."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        invariant(self.faults, "a refusal gives at least one reason")
        super().__init__("\n".join(str(fault) for fault in self.faults))


def refuse(file: str, sentence: str | Promise, *, sheet: str = "", value: str = "", **facts: Any) -> Refused:
    """A refusal of the whole file for one reason, its facts told in ``sentence``, ready to raise."""
    worded = {name: str(fact) if isinstance(fact, Promise) else fact for name, fact in facts.items()}
    expected = told(str(sentence), **worded)
    return Refused([Fault(file=file, sheet=sheet, row=None, column="", value=value, expected=expected)])


def shown(value: object) -> str:
    """A cell's content on one line, short enough to read in a message."""
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= VALUE_SHOWN_MAX else text[: VALUE_SHOWN_MAX - 1] + "…"


# ---- telling many ----

ROW_RANGES_TOLD_MAX = 20


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """The same thing wrong in one column, told once: ``faults`` in file order, never none."""

    faults: tuple[Fault, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows it stands on, ascending, each once; none when it concerns the sheet or the file."""
        return tuple(sorted({fault.row for fault in self.faults if fault.row is not None}))

    def __str__(self) -> str:
        """One line: 文件 sheet 第3、5–9行 列「…」 值「…」等：expected."""
        first = self.faults[0]
        if len(self.faults) == 1:
            return str(first)
        same = len({fault.value for fault in self.faults}) == 1
        value = told(_("值「%(value)s」"), value=shown(first.value)) if first.value else ""
        where = [
            first.file,
            first.sheet,
            told(_("第%(rows)s行"), rows=row_ranges(self.rows)) if self.rows else "",
            told(_("列「%(column)s」"), column=first.column) if first.column else "",
            value if same or not value else told(_("%(value)s等"), value=value),
        ]
        place = " ".join(part for part in where if part)
        return told(_("%(place)s：%(expected)s"), place=place, expected=first.expected)


def grouped(faults: Iterable[Fault]) -> list[FaultGroup]:
    """The faults with the repeated ones of a column put together, in order of first appearance."""
    groups: dict[tuple[str, str, str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.file, fault.sheet, fault.column, fault.expected), []).append(fault)
    return [FaultGroup(tuple(group)) for group in groups.values()]


def row_ranges(rows: Iterable[int]) -> str:
    """Ascending rows as 3、5–9; beyond twenty ranges it says how many rows there are."""
    rows = tuple(rows)
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    words = "、".join(
        str(first) if first == last else f"{first}–{last}" for first, last in ranges[:ROW_RANGES_TOLD_MAX]
    )
    if len(ranges) <= ROW_RANGES_TOLD_MAX:
        return words
    return told(_("%(rows)s 等共 %(count)s "), rows=words, count=len(rows))
