"""四季家园's third quarter through the real services: what the statements say is what was published."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from reporting.exporting import Asked, build_statement
from reporting.statements.report import Cell, Report
from tests.config.replay.alone import among_no_others

PACK = Path(__file__).parent.parent / "packs" / "four-seasons"
EXPECTED: dict[str, Any] = json.loads((PACK / "expected.json").read_text(encoding="utf-8"))
KINDS = ("fund", "fee-split", "value-preservation")


@pytest.fixture(scope="module")
def reports(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Report]]:
    """The three statements of the quarter, after the whole pack was replayed."""
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
    from custody.models import Unit

    owners = set(Unit.objects.filter(fund__code=EXPECTED["estate"]).values_list("owner_name", flat=True))
    texts = {str(c) for t in reports[kind].sheets for row in t.rows for c in row.cells if isinstance(c, str)}
    assert [owner for owner in owners if any(owner in text for text in texts)] == []
