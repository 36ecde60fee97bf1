"""What lies in a pack: which file is which, and which days its bank statements speak of.

Refuses a folder without ``estate.*`` or ``bank-*.*``, naming what is missing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from custody.bank.reading import Statement, StatementLine, read_statement
from custody.files.sniffing import open_tabular
from custody.files.tables import Column, day, read_table
from custody.kernel.errors import NotFound

SUFFIXES = {".xlsx", ".xls", ".csv"}


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A bank statement and where it lies."""

    path: Path
    statement: Statement

    @property
    def last_on(self) -> date | None:
        """The day of its last line, if it has any."""
        return max((line.booked_on for line in self.statement.lines), default=None)


@dataclass(frozen=True, slots=True)
class ReplayPack:
    """The files of one estate's quarter."""

    folder: Path
    estate: Path
    statements: tuple[StatementFile, ...]
    channels: tuple[Path, ...]
    revenue: Path | None
    work: Path | None
    invoices: Path | None

    def lines(self) -> Iterable[StatementLine]:
        """Every bank line of the pack."""
        return (line for file in self.statements for line in file.statement.lines)


def open_pack(folder: Path) -> ReplayPack:
    """Find the pack's files by name: estate, bank-*, channel-*, public-revenue, work, invoices.

    NotFound when the folder, the estate or every bank statement is missing; Refused for an unreadable one.
    """
    if not folder.is_dir():
        raise NotFound(_("没有这个资料包目录：%(folder)s"), folder=str(folder))
    estate = _one(folder, "estate")
    banks = _many(folder, "bank-")
    if estate is None or not banks:
        raise NotFound(_("资料包 %(folder)s 缺少 estate.xlsx 或 bank-*.xlsx"), folder=str(folder))
    return ReplayPack(
        folder=folder,
        estate=estate,
        statements=tuple(StatementFile(path, read_statement(path)) for path in banks),
        channels=tuple(_many(folder, "channel-")),
        revenue=_one(folder, "public-revenue"),
        work=_one(folder, "work"),
        invoices=_one(folder, "invoices"),
    )


def _many(folder: Path, prefix: str) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.name.startswith(prefix) and path.suffix.lower() in SUFFIXES
    )


def _one(folder: Path, name: str) -> Path | None:
    return next((path for path in _many(folder, name) if path.stem == name), None)


def acceptance_dates(path: Path) -> list[date]:
    """The acceptance days of a work file's orders; Refused when they cannot be read."""
    return _dates(path, "工单", Column("验收日期", day))


def invoice_dates(path: Path) -> list[date]:
    """The issue days of an invoice file; Refused when they cannot be read."""
    return _dates(path, "发票", Column("开票日期", day, aliases=("开具日期", "发票日期", "日期")))


def _dates(path: Path, sheet: str, column: Column) -> list[date]:
    rows = read_table(open_tabular(path), sheet=sheet, columns=(column,), unknown_ok=True)
    return sorted({row[column.name] for row in rows})
