"""A year's budget: as a sheet of the founding workbook, and later as a dated workbook of its own.

Refuses a code twice, a year that is closed or has its budget, a year nobody could mean; says in good time
that next year's is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.amendments import enacting
from custody.amendments.enacting import Enacting, Facts, made_as
from custody.amendments.proposing import AmendmentImport
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Note, Outcome, note
from custody.files.tables import code_max, counted, money, one_of, text_max
from custody.files.typed_rows import FileRow, Page, column
from custody.kernel.words import told
from custody.ledger.chart import BOOK_TITLES, BOOKS_BY_TITLE, Book
from custody.models import Amendment, Fund, Operator
from settlement.models import BudgetLine

BUDGET_SHEET = "预算"
BUDGET_TOLD_DAYS = 60  # before a year ends without the next one's budget


class YearNote(TextChoices):
    """What a clerk is told of the year that comes, or came, without a budget."""

    MISSING = (
        "budget-missing",
        gettext_lazy(
            "%(year)s 年度预算尚未登记：请按决议填写（make_template --kind budget）并用 import_budget 登记，"
            "两把密码后生效；此前该年度的工单不能验收，存放不能下达，其余不受影响"
        ),
    )
    WAITING = (
        "budget-waiting",
        gettext_lazy("%(year)s 年度预算已登记为变更 %(amendment)s，尚待两把密码；生效前该年度的工单不能验收"),
    )


def _year(cell: Any) -> int:
    year = counted("年", "年度")(cell)
    if not 2000 <= year <= 2100:
        raise ValueError(_("应为年度，如 2025"))
    return year


def _not_negative(cell: Any) -> Decimal:
    amount = money(cell)
    if amount < 0:
        raise ValueError(_("年度预算不能为负"))
    return amount


_BOOKS = BOOKS_BY_TITLE | {
    "经营": Book.OPERATING, "经营帐": Book.OPERATING, "operating": Book.OPERATING,
    "维修": Book.MAINTENANCE, "维修帐": Book.MAINTENANCE, "maintenance": Book.MAINTENANCE,
}  # fmt: skip


class BudgetItem(FileRow):
    """One budget line of one year, in yuan."""

    year: int = column("年度", parse=_year)
    code: str = column("科目编码", parse=code_max(20))
    name: str = column("科目名称", parse=text_max(100))
    book: Book = column("账本", parse=one_of(_BOOKS))
    annual_amount: Decimal = column("年度预算", parse=_not_negative)


def budget_faults(page: Page[BudgetItem]) -> Iterator[Fault]:
    """A code twice in one year."""
    seen: dict[tuple[int, str], int] = {}
    for row in page.rows:
        key = (row.year, row.code)
        if key in seen:
            yield page.fault(row, "code", told(_("科目编码在同一年度重复，第%(row)s行已有"), row=seen[key]))
        seen.setdefault(key, row.row)


def import_budget(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the year's budget of the sheet 预算. Errors: Forbidden; Refused, nothing written."""
    return take_in(BudgetImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class BudgetImport(AmendmentImport[BudgetItem]):
    """Each row one budget line; a year comes whole."""

    kind = Amendment.Kind.BUDGET
    sheet = BUDGET_SHEET
    model = BudgetItem

    def form_faults(self, page: Page[BudgetItem]) -> Iterator[Fault]:
        """A code twice, and a year further off than the next."""
        yield from budget_faults(page)
        latest = localdate(self.at).year + 1
        for row in page.rows:
            if row.year > latest:
                yield page.fault(row, "year", told(_("最晚可登记 %(latest)s 年度的预算"), latest=latest))

    def facts_of(self, row: BudgetItem) -> tuple[Facts, str]:
        """The budget line; its year is what a clerk looks at."""
        return {
            "fund_id": self.fund.pk,
            "year": row.year,
            "code": row.code,
            "name": row.name,
            "book": str(row.book),
            "annual_amount": f"{row.annual_amount:.2f}",
            "annual_amount_currency": "CNY",
        }, "year"


def _objection(fund: Fund, facts: Facts) -> str:
    """A year that is closed, or has its budget."""
    year = facts["year"]
    closed = enacting.closed_day(fund)
    if closed is not None and date(year, 12, 31) <= closed:
        return told(_("%(year)s 年度的账期已关闭"), year=year)
    if BudgetLine.objects.filter(fund=fund, year=year).exists():
        return told(_("%(year)s 年度预算已生效，年度预算一次决定，不能再登记"), year=year)
    return ""


def _reads(facts: Facts) -> str:
    book = BOOK_TITLES[Book(facts["book"])]
    return f"{facts['year']} {facts['code']} {facts['name']} {book} {facts['annual_amount']}"


BUDGET_ENACTED = Enacting(made_as(BudgetLine), _objection, _reads)


def year_ahead(fund: Fund, on: date) -> Iterator[Note]:
    """A budget that is not in force: this year's, and in the last ``BUDGET_TOLD_DAYS`` the next one's."""
    ahead = (on + timedelta(days=BUDGET_TOLD_DAYS)).year
    for year in sorted({on.year, ahead}):
        if BudgetLine.objects.filter(fund=fund, year=year).exists():
            continue
        proposed = Amendment.objects.filter(
            fund=fund, kind=Amendment.Kind.BUDGET, rows__facts__year=year
        ).order_by("-pk")
        waiting = proposed.first()
        if waiting is None:
            yield note(YearNote.MISSING, year=year)
        else:
            yield note(YearNote.WAITING, year=year, amendment=waiting.pk)
