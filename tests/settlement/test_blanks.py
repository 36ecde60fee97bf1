"""Every template reads back through its own importer: as it is with the example left in, and filled in."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from custody.files.outcomes import Outcome
from custody.files.templates import TemplateSheet, choices_of
from custody.files.typed_rows import columns_of, titles_of
from custody.models import RevenueLine
from custody.money_in.public_revenue import import_public_revenue
from settlement.blanks import Blank, blank_workbook, sheets_of
from settlement.contracts.taking_on import onboard_estate
from settlement.invoices.importing import import_invoices
from settlement.models import BudgetLine, WorkOrder
from settlement.work.importing import import_work
from tests import factories
from tests.custody.money_in.small import AT as LATER
from tests.custody.money_in.small import TRUSTEE, Sheets, estate_sheets, item, small_estate
from tests.settlement.desk import AT, Provider, digits, make_provider, sign_work

TABLES = [(blank, sheet) for blank in Blank for sheet in sheets_of(blank) if not sheet.pairs]
CHOICES = [
    (f"{sheet.title}:{name}", sheet, name, word)
    for _blank, sheet in TABLES
    for name, words in choices_of(sheet).items()
    for word in words
]


def opened(blank: Blank) -> Workbook:
    return openpyxl.load_workbook(BytesIO(blank_workbook(blank)))


def put(page: Worksheet, *rows: Sequence[Any], at: int = 2) -> None:
    """Rows over the example."""
    for offset, row in enumerate(rows):
        for place, value in enumerate(row, 1):
            page.cell(at + offset, place).value = value


def saved(book: Workbook, folder: Path) -> Path:
    path = folder / "filled.xlsx"
    book.save(path)
    return path


def fill_items(page: Worksheet, items: Mapping[str, Any]) -> None:
    for row in page.iter_rows(min_row=2):
        row[1].value = items.get(str(row[0].value))


@pytest.mark.parametrize(("blank", "sheet"), TABLES, ids=lambda each: getattr(each, "title", str(each)))
def test_headers_are_the_readers_own(blank: Blank, sheet: TemplateSheet) -> None:
    header = [cell.value for cell in opened(blank)[sheet.title][1]]

    assert header == titles_of(sheet.model)


@pytest.mark.parametrize(("name", "sheet", "field", "word"), CHOICES, ids=lambda each: str(each)[:20])
def test_every_choice_of_a_drop_down_is_an_accepted_spelling(
    name: str, sheet: TemplateSheet, field: str, word: str
) -> None:
    columns_of(sheet.model)[field].parse(word)


@pytest.mark.parametrize(("blank", "sheet"), TABLES, ids=lambda each: getattr(each, "title", str(each)))
def test_the_example_is_read_once_its_mark_is_gone(blank: Blank, sheet: TemplateSheet) -> None:
    for name, column in columns_of(sheet.model).items():
        if sheet.example[name] or not column.blank_ok:
            column.parse(sheet.example[name])


@pytest.mark.parametrize(("title", "choices"), [("工单", "合格,不合格"), ("明细", "工单,基础酬金,绩效酬金")])
def test_choices_are_drop_downs(title: str, choices: str) -> None:
    blank = Blank.WORK if title == "工单" else Blank.INVOICES
    lists = [each.formula1 for each in opened(blank)[title].data_validations.dataValidation]

    assert f'"{choices}"' in lists


def test_long_numbers_are_kept_as_text() -> None:
    page = opened(Blank.INVOICES)["发票"]

    assert (page.column_dimensions["A"].number_format, page["A2"].number_format) == ("@", "@")


def test_a_header_says_what_is_expected() -> None:
    page = opened(Blank.INVOICES)["发票"]

    assert "2025-07-01" in page["B1"].comment.text


@pytest.mark.usefixtures("committed_db")
class TestFilledIn:
    @pytest.fixture
    def desk(self) -> Provider:
        return make_provider()

    def test_work(self, desk: Provider, tmp_path: Path) -> None:
        desk.budget("CLN")
        book = opened(Blank.WORK)
        row = ("GD1", "清洁", "CLN", date(2025, 7, 24), date(2025, 7, 26), "业委会", "合格", 1000)
        put(book["工单"], row)
        put(book["考核"], ("2025年度", "二季度", "92分", "业委会"))

        import_work(fund=desk.at.fund, path=saved(book, tmp_path), actor=desk.at.committee_key, at=AT)
        sign_work(desk.at.fund, desk.at.committee_key)

        assert WorkOrder.objects.get(fund=desk.at.fund).number == "GD1"

    def test_invoices(self, desk: Provider, tmp_path: Path) -> None:
        desk.work(number="A")
        number, book = digits(), opened(Blank.INVOICES)
        put(book["发票"], (number, date(2025, 7, 27), 400, desk.at.provider.name, desk.bank.holder))
        put(book["明细"], (number, 1, "CLN", "工单", "A", 400))

        assert self.take(desk, book, tmp_path).counts == {"verified": 1}

    def test_an_example_left_in_is_skipped(self, desk: Provider, tmp_path: Path) -> None:
        desk.work(number="A")
        number, book = digits(), opened(Blank.INVOICES)
        put(book["发票"], (number, date(2025, 7, 27), 400, desk.at.provider.name, desk.bank.holder), at=3)
        put(book["明细"], (number, 1, "CLN", "工单", "A", 400), at=3)

        assert self.take(desk, book, tmp_path).counts == {"verified": 1}

    def test_an_untouched_template_brings_nothing(self, desk: Provider, tmp_path: Path) -> None:
        assert self.take(desk, opened(Blank.INVOICES), tmp_path).already_done

    def test_public_revenue(self, tmp_path: Path) -> None:
        small, book = small_estate(tmp_path), opened(Blank.PUBLIC_REVENUE)
        put(book["公共收益"], (date(2025, 7, 1), "停车费", "川A1", "SJ1", "300元", "TC20250701"))

        import_public_revenue(fund=small.fund, path=saved(book, tmp_path), actor=small.actor, at=LATER)

        assert RevenueLine.objects.filter(fund=small.fund).count() == 1

    @pytest.mark.parametrize("separate_budget", [False, True])
    def test_an_estate_and_its_budget(self, tmp_path: Path, separate_budget: bool) -> None:
        sheets, book = estate_sheets(), opened(Blank.ESTATE)
        for title in ("小区", "服务商"):
            fill_items(book[title], {str(row[0]): row[1] for row in sheets[title]})
        for title in ("信托条款", "房屋", "预算"):
            put(book[title], *sheets[title][1:])
        if separate_budget:
            self.replace_budget(book, sheets)

        onboard_estate(path=saved(book, tmp_path), actor=factories.desk_of(TRUSTEE), at=LATER)

        lines = BudgetLine.objects.filter(fund__code=item(sheets, "小区", "小区编码")[1])
        assert lines.count() == len(sheets["预算"]) - 1
        first = lines.first()
        assert first is not None
        factories.MADE.append(first.fund_id)

    def replace_budget(self, book: Workbook, sheets: Sheets) -> None:
        """The sheet of the budget template, filled in, in place of the estate's own."""
        filled = opened(Blank.BUDGET)["预算"]
        put(filled, *sheets["预算"][1:])
        del book["预算"]
        page = book.create_sheet("预算")
        for row in filled.iter_rows(values_only=True):
            page.append(row)

    def test_a_fund_adds_its_codes_and_names(self, desk: Provider) -> None:
        desk.budget("CLN")
        head, line = sheets_of(Blank.INVOICES, fund=desk.at.fund)

        assert choices_of(line)["budget_code"] == ("CLN",)
        assert choices_of(head)["buyer"] == (desk.bank.holder,)

    def take(self, desk: Provider, book: Workbook, folder: Path) -> Outcome:
        return import_invoices(
            fund=desk.at.fund, path=saved(book, folder), actor=desk.at.provider_clerk, at=AT
        )


def test_the_command_writes_each_kind_and_never_over_a_file(tmp_path: Path) -> None:
    for blank in Blank.values:
        call_command("make_template", kind=blank, out=tmp_path / f"{blank}.xlsx")
    with pytest.raises(CommandError, match="已存在") as refused:
        call_command("make_template", kind="work", out=tmp_path / "work.xlsx")

    assert refused.value.returncode == 2


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="无法写入"):
        call_command("make_template", kind="work", out=tmp_path / "none" / "work.xlsx")
