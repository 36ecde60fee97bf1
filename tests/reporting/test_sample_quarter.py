"""四季家园's third quarter through the real services: what the statements say is what was published."""

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, override_settings
from pytest_django.plugin import DjangoDbBlocker

from custody.files.archive import bytes_of
from custody.models import BankAccount, BankLine, ChannelOrder, RevenueLine, Unit, UnitFact
from reporting.exporting import STATEMENTS, Asked, build_statement
from reporting.models import PublishedEntry, PublishedPaper
from reporting.statements.paper_words import covered
from reporting.statements.report import Cell, Report
from tests.config.replay.alone import among_no_others
from tests.reporting.reading_pdf import ReadPdf

PACK = Path(__file__).parent.parent / "packs" / "four-seasons"
EXPECTED: dict[str, Any] = json.loads((PACK / "expected.json").read_text(encoding="utf-8"))
KINDS = tuple(STATEMENTS)


@pytest.fixture(scope="module")
def reports(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Report]]:
    """The statements of the quarter, after the whole pack was replayed."""
    from django.db import connections

    with django_db_blocker.unblock():
        out = tmp_path_factory.mktemp("replayed")
        with override_settings(BANK_OUTBOX=out / "outbox"), among_no_others():
            call_command("replay_pack", str(PACK), "--out", str(out), stdout=StringIO())
        yield {
            kind: build_statement(Asked(EXPECTED["estate"], kind, date(2025, 7, 1), date(2025, 9, 30)))[1]
            for kind in KINDS
        }
        connections.close_all()


def rows(report: Report, sheet: str) -> list[tuple[Cell, ...]]:
    return [row.cells for row in next(t for t in report.sheets if t.title == sheet).rows]


def figure(report: Report, sheet: str, label: str, at: int) -> Cell:
    (cells,) = [cells for cells in rows(report, sheet) if str(cells[0]).strip() == label]
    return cells[at]


def over_months(*path: str) -> Decimal:
    """The sum over the quarter's months of one expected figure."""
    total = Decimal(0)
    for month in EXPECTED["months"].values():
        value: Any = month
        for name in path:
            value = value.get(name, "0")
        total += Decimal(value)
    return total


@pytest.mark.parametrize(
    ("label", "kind"),
    [("物业费收入", "property_fee"), ("停车费收入", "parking"), ("广告费收入", "advertising")],
)
def test_receipts_by_kind(reports: dict[str, Report], label: str, kind: str) -> None:
    assert figure(reports["fund"], "收支表", label, 3) == over_months("collected", kind)


@pytest.mark.parametrize("code", ["CLN", "ORD", "GRN", "FAC", "WST", "OFF", "MNT", "REM"])
def test_payments_by_budget_line(reports: dict[str, Report], code: str) -> None:
    (cells,) = [cells for cells in rows(reports["fund"], "收支表") if str(cells[0]).strip().startswith(code)]

    assert cells[3] == over_months("settled_invoices", code)


def test_closing_funds_are_the_banks_closing_balance(reports: dict[str, Report]) -> None:
    assert figure(reports["fund"], "收支表", "期末资金合计", 3) == Decimal(EXPECTED["closing_bank"])


def test_every_payment_resolves_to_invoice_work_and_bank_line(reports: dict[str, Report]) -> None:
    paid = rows(reports["fund"], "付款依据")[:-1]

    assert len(paid) > 0
    assert all(all(cell not in (None, "") for cell in cells) for cells in paid)


@pytest.mark.parametrize("kind", KINDS)
def test_every_proof_agrees(reports: dict[str, Report], kind: str) -> None:
    assert [p.claim for p in reports[kind].proofs if p.verdict != "一致"] == []


@pytest.mark.parametrize(
    ("at", "name"), [(2, "remuneration_base"), (4, "base_remuneration"), (6, "performance_accrued")]
)
def test_remuneration_over_the_quarter(reports: dict[str, Report], at: int, name: str) -> None:
    assert figure(reports["fee-split"], "分月酬金", "合计", at) == over_months(name)


@pytest.mark.parametrize(("label", "name"), [("信托报酬", "trustee_fee"), ("保管费", "custody_fee")])
def test_fees_on_daily_cash(reports: dict[str, Report], label: str, name: str) -> None:
    assert figure(reports["fee-split"], "信托报酬与保管费", label, 3) == Decimal(EXPECTED[name])


def test_the_average_daily_cash(reports: dict[str, Report]) -> None:
    average = figure(reports["value-preservation"], "收益率", "日均资金", 1)

    assert average == Decimal(EXPECTED["average_daily_cash"])


def test_the_trust_has_what_the_bank_says_and_owes_what_was_expected(reports: dict[str, Report]) -> None:
    sheet = reports["balance-sheet"]
    owed = [EXPECTED["trustee_fee"], EXPECTED["custody_fee"], EXPECTED["assessment"]["performance_payable"]]

    assert figure(sheet, "资产负债表", "资产总计", 3) == Decimal(EXPECTED["closing_bank"])
    assert figure(sheet, "资产负债表", "负债合计", 3) == over_months("suspense") + sum(map(Decimal, owed))


def test_the_surplus_is_the_equity_that_raw_sums_of_the_journal_give(reports: dict[str, Report]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT -sum(l.amount) FROM custody_line l JOIN custody_account a ON a.id = l.account_id"
            " JOIN custody_fund f ON f.id = a.fund_id WHERE f.code = %s AND l.effective_on <= '2025-09-30'"
            " AND a.kind NOT IN ('cash', 'placement', 'in_transit', 'corpus', 'suspense', 'unexplained')"
            " AND a.kind NOT LIKE '%%_payable' AND a.kind <> 'performance_withheld'",
            [EXPECTED["estate"]],
        )
        (surplus,) = cursor.fetchone()
    opening = sum(Decimal(amount) for amount in EXPECTED["opening"].values())

    assert figure(reports["profit"], "利润表", "三、本期结余", 3) == surplus
    assert figure(reports["balance-sheet"], "资产负债表", "信托权益合计", 3) == opening + surplus


def test_what_is_about_to_be_paid_is_every_unpaid_invoice_but_the_one_of_october(
    reports: dict[str, Report],
) -> None:
    september = Decimal(EXPECTED["months"]["2025-09"]["base_remuneration"])  # handed in on 9 October

    assert figure(reports["budget"], "预算执行", "合计", 6) == (
        Decimal(EXPECTED["invoices_unpaid_at_quarter_end"]) - september
    )


def test_the_fees_to_come_are_area_and_price_of_every_unit(reports: dict[str, Report]) -> None:
    from django.db.models import F, Sum

    from custody.models import UnitFact

    units = UnitFact.objects.filter(fund__code=EXPECTED["estate"])
    monthly = units.aggregate(total=Sum(F("area") * F("monthly_price")))["total"]

    assert figure(reports["income-sources"], "收入来源", "物业费收入", 1) == 3 * monthly
    assert figure(reports["income-sources"], "收入来源", "收入合计", 2) == sum(
        over_months("collected", kind) for kind in ("property_fee", "parking", "advertising")
    ) + sum(Decimal(EXPECTED[name]) for name in ("grant", "interest", "placement_income"))


def test_what_idle_money_earned(reports: dict[str, Report]) -> None:
    earned = Decimal(EXPECTED["interest"]) + Decimal(EXPECTED["placement_income"])

    assert figure(reports["value-preservation"], "资金变动", "资金收益合计", 3) == earned


def test_every_posting_has_a_chinese_name(reports: dict[str, Report]) -> None:
    named = {str(cells[3]) for cells in rows(reports["fund"], "明细")[1:-1]}

    assert [name for name in named if name.isascii()] == []


def test_every_line_names_its_document(reports: dict[str, Report]) -> None:
    assert [cells for cells in rows(reports["fund"], "明细")[1:-1] if not cells[8]] == []


def test_every_line_on_cash_cites_the_bank_line_and_its_row(reports: dict[str, Report]) -> None:
    on_cash = [cells for cells in rows(reports["fund"], "明细")[1:-1] if cells[5] == "银行存款"]
    line = r"(发票 \d{20}；|存放 \w+；)?流水 \d{4}-\d\d-\d\d \d+"
    place = r"bank-\S+\.xlsx 第 \d+ 行"

    assert [cells[8] for cells in on_cash if not re.fullmatch(line, str(cells[8]))] == []
    assert [cells[9] for cells in on_cash if not re.fullmatch(place, str(cells[9]))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_statement_spells_out_an_owner(reports: dict[str, Report], kind: str) -> None:
    from custody.models import UnitFact

    owners = set(UnitFact.objects.filter(fund__code=EXPECTED["estate"]).values_list("owner_name", flat=True))
    texts = {str(c) for t in reports[kind].sheets for row in t.rows for c in row.cells if isinstance(c, str)}
    assert [owner for owner in owners if any(owner in text for text in texts)] == []


# ------------------------------------------------------------------ what anybody sees of the same quarter

HOME = f"/e/{EXPECTED['estate']}/"


def opened(address: str) -> HttpResponse:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer  # type: ignore[return-value]


def addresses() -> list[str]:
    """Every public address of the estate but its single entries, of which one of each kind."""
    found, waiting = [HOME], [HOME]
    while waiting:
        here = waiting.pop(0)
        page = opened(here).content.decode()
        for link in re.findall(rf'href="({HOME}[^"]*|\?after=\d+)"', page):
            whole = link if link.startswith("/") else f"{here.partition('?')[0]}{link}"
            if whole not in found and "/entries/" not in whole:
                found.append(whole)
                if "/documents/" not in whole and "board.pdf" not in whole:
                    waiting.append(whole)
    kinds = PublishedEntry.objects.order_by("shows__words", "sequence").distinct("shows__words")
    return [*found, *(f"{HOME}entries/{each.sequence}/" for each in kinds)]


def written(answer: HttpResponse) -> str:
    """Everything an answer says, a workbook's sheets and a print too."""
    if answer["Content-Type"] == "application/pdf":
        return "".join(ReadPdf(answer.content).texts)
    if "spreadsheet" not in answer["Content-Type"]:
        return answer.content.decode()
    with zipfile.ZipFile(BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def private() -> set[str]:
    """Every resident's name, unit, plate and account of the pack."""
    ours = {"fund__code": EXPECTED["estate"]}
    names = set(UnitFact.objects.filter(**ours).values_list("owner_name", flat=True))
    names |= set(ChannelOrder.objects.filter(**ours).values_list("payer_name", flat=True))
    lines = BankLine.objects.filter(amount__gt=0, **ours)
    names |= {each for each in lines.values_list("counterparty_name", flat=True) if covered(each) != each}
    units = {f"{each.building}-{each.entrance}-{each.room}" for each in Unit.objects.filter(**ours)}
    accounts = set(BankLine.objects.filter(**ours).values_list("counterparty_account", flat=True))
    accounts |= set(BankAccount.objects.filter(**ours).values_list("number", flat=True))
    revenue = RevenueLine.objects.filter(**ours).values_list("description", "payer_name", "evidence")
    plates = {plate for said in revenue
              for plate in re.findall(r"川[A-Z]·?[0-9A-Z]{5,6}", " ".join(said))}  # fmt: skip
    return {each.strip() for each in names | units | accounts | plates if len(each.strip()) > 1}


@pytest.mark.usefixtures("reports", "committed_db")
def test_no_public_address_spells_a_resident_out() -> None:
    known = private()
    told = "".join(json.dumps(each, ensure_ascii=False)
                   for each in PublishedEntry.objects.values_list("shows", flat=True))  # fmt: skip
    pages = {address: written(opened(address)) for address in addresses()}
    pages["all entries"] = told
    found = {(where, each) for where, text in pages.items() for each in known if each in text}

    assert len(known) > 1000
    assert len(pages) > 40
    assert found == set()


@pytest.mark.usefixtures("committed_db")
def test_a_page_says_what_its_workbook_says_to_the_fen(reports: dict[str, Report]) -> None:
    board = opened(f"{HOME}2025-09/").content.decode()
    paper = PublishedPaper.objects.get(publication__from_on=date(2025, 9, 1), kind="fund")
    cells = workbook_rows(bytes_of(paper.handout.document))

    assert "银行对账单也是这个数，一分不差" in board
    for label in ("期初资金合计", "本期收入合计", "本期支出合计", "期末资金合计"):
        assert f"{cells[label]:,.2f}" in (board + opened(f"{HOME}2025-09/fund/").content.decode())
    assert f"{cells['期末资金合计']:,.2f}".replace(".", '<span class="fen">.') in board
    says = paper.publication.says
    assert Decimal(says["closing"]) == reports["fund"].headlines[-1][1] == cells["期末资金合计"]
    assert Decimal(says["paid"]) == cells["本期支出合计"]


def workbook_rows(content: bytes) -> dict[str, Decimal]:
    """The main sheet's totals by label."""
    sheet = openpyxl.load_workbook(BytesIO(content), data_only=True)["收支表"]
    return {
        str(row[0]).strip(): Decimal(str(row[3])).quantize(Decimal("0.01"))
        for row in sheet.iter_rows(values_only=True)
        if row[0] and isinstance(row[3], int | float)
    }
