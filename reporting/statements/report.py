"""A report as frozen values: tables of typed cells and the proofs they rest on. No I/O.

Refuses to exist when a proof fails, when a row does not fit its columns, or when a money cell is finer
than a fen; whoever holds a Report may hand it over.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from custody.kernel.invariants import InvariantBroken, invariant

Cell = str | int | Decimal | date | None

FEN = Decimal("0.01")
PROOF_SHEET = "勾稽"
AGREES = "一致"


class ColumnKind(StrEnum):
    """How a column's cells are read and shown. A rate is a fraction: 0.011 is 1.1 %."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    RATE = "rate"
    INT = "int"


class Style(StrEnum):
    """What a row is, so that every output can show it as such."""

    PLAIN = "plain"
    SECTION = "section"
    OPENING = "opening"
    TOTAL = "total"
    PROOF = "proof"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column; ``width`` in half-width characters, 0 to fit the content."""

    title: str
    kind: ColumnKind = ColumnKind.TEXT
    width: int = 0


class ReportRow(NamedTuple):
    """One row's cells, as many as the table has columns."""

    cells: tuple[Cell, ...]
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Proof:
    """A claim that two figures, in yuan, are equal.

    A claim about our own books is ``strict``: unequal sides are a bug. A comparison with somebody else's
    (the bank's) is not: its difference is stated, with ``note`` saying what it is. ``right`` is None when
    there is nothing to compare with.
    """

    claim: str
    left: Decimal
    right: Decimal | None
    strict: bool = True
    note: str = ""

    @property
    def difference(self) -> Decimal | None:
        """``left`` − ``right``, yuan."""
        return None if self.right is None else self.left - self.right

    @property
    def verdict(self) -> str:
        """一致 when equal, else what the difference (or the missing side) is."""
        return AGREES if self.difference == 0 else self.note or "不一致"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet. ``notes`` are sentences printed under it (formulas, sources, what a word means), ``alerts``
    sentences printed over it in red: what the figures below could not be checked against, ``leads`` sentences
    printed over it plainly.
    """

    title: str
    columns: tuple[ColumnSpec, ...]
    rows: tuple[ReportRow, ...]
    proofs: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        wide = len(self.columns)
        money_at = [at for at, column in enumerate(self.columns) if column.kind is ColumnKind.MONEY]
        for row in self.rows:
            if len(row.cells) != wide:
                raise InvariantBroken(f"{self.title}: a row has as many cells as the table has columns")
            for at in money_at:
                _require_fen(row.cells[at])
        for proof in self.proofs:
            if proof.strict and proof.difference != 0:
                raise InvariantBroken(f"{self.title}: {proof.claim}: {proof.left} ≠ {proof.right}")


def _require_fen(cell: Cell) -> None:
    if isinstance(cell, Decimal):
        if cell.same_quantum(FEN):
            return
        exponent = cell.as_tuple().exponent
        invariant(isinstance(exponent, int) and exponent >= -2, "a money cell is exact to the fen")
    else:
        invariant(cell is None, "a money cell is an exact amount or empty")


@dataclass(frozen=True, slots=True)
class Report:
    """A whole statement. ``estate`` and ``subtitles`` head every sheet; ``produced_at`` is the ledger's own
    last moment in it, never the clock's, so a closed period gives the same bytes for ever.

    ``headlines`` are the (label, yuan) a person wants first; ``signatures`` who signs and seals the page;
    ``large`` sets it in letters for the eyes of elders.
    """

    title: str
    estate: str
    subtitles: tuple[str, ...]
    sheets: tuple[Table, ...]
    produced_at: datetime
    headlines: tuple[tuple[str, Decimal], ...] = ()
    signatures: tuple[str, ...] = ()
    large: bool = False

    def __post_init__(self) -> None:
        titles = [table.title for table in self.sheets]
        invariant(len({*titles, PROOF_SHEET}) == len(titles) + 1, "sheets have distinct titles")
        invariant(self.proofs, "a report proves something")

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """Every table's proofs, in order."""
        return tuple(proof for table in self.sheets for proof in table.proofs)


def proof_table(report: Report, notes: Iterable[str] = ()) -> Table:
    """The 勾稽 sheet every output carries: each claim with both sides, their difference and the verdict."""
    money = ColumnKind.MONEY
    rows = [
        ReportRow(
            (table.title, p.claim, p.left, p.right, p.difference, p.verdict),
            Style.PLAIN if p.verdict == AGREES else Style.ALERT,
        )
        for table in report.sheets
        for p in table.proofs
    ]
    return Table(
        PROOF_SHEET,
        (
            ColumnSpec("所属表"),
            ColumnSpec("勾稽关系"),
            ColumnSpec("左方", money),
            ColumnSpec("右方", money),
            ColumnSpec("差额", money),
            ColumnSpec("结论"),
        ),
        tuple(rows),
        notes=tuple(notes),
    )
