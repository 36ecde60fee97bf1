"""A charge nobody foresaw stops the fund; it is explained with a paper and two keys, and the fund pays again.

Every step is the command a person types. The deed is silent, so even the bank's own charge waits.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django import Settings

from custody.models import BreakExplanation
from reporting.exporting import Asked, build_statement
from reporting.statements.report import Cell, Report
from tests.settlement.desk import Provider, fresh, make_provider
from tests.settlement.queue.running import acted, ran

pytestmark = pytest.mark.usefixtures("committed_db")
JULY, AUGUST = date(2025, 7, 1), date(2025, 8, 31)


@pytest.fixture
def estate(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


def figure(report: Report, sheet: str, label: str, at: int) -> Cell:
    (cells,) = [
        row.cells
        for table in report.sheets
        if table.title == sheet
        for row in table.rows
        if str(row.cells[0]).strip() == label
    ]
    return cells[at]


def statement(estate: Provider, kind: str) -> Report:
    return build_statement(Asked(estate.at.fund.code, kind, JULY, AUGUST))[1]


def test_the_fund_is_stopped_explained_and_pays(estate: Provider, tmp_path: Path) -> None:
    invoice = estate.approved("1000")
    charged = estate.bank_line("-260", "询证函费", summary="手续费", account="", name=estate.bank.bank_name)

    code, _, refusal = acted(estate, estate.at.trustee_key, "turn_key", "settlement", invoice.number)
    assert (code, "付出 260.00" in refusal, fresh(invoice).state) == (2, True, "approved")
    assert "没有约定每月银行收费上限" in ran("show_suspense", "--fund", estate.at.fund.code)[1]

    receipt = tmp_path / "银行回单.pdf"
    receipt.write_bytes(b"%PDF-1.4 the bank's receipt for 260.00")
    said = (
        "--line",
        charged.position,
        "--kind",
        "bank_charge",
        "--reason",
        "年审询证函",
        "--document",
        receipt,
    )
    assert acted(estate, estate.at.actor, "explain_break", *said)[0] == 0
    number = BreakExplanation.objects.get(line=charged).pk
    for who in (estate.at.committee_key, estate.at.trustee_key):
        assert acted(estate, who, "turn_key", "break", number)[0] == 0

    assert acted(estate, estate.at.trustee_key, "turn_key", "settlement", invoice.number)[0] == 0
    estate.instructed(fresh(invoice))
    estate.pays(fresh(invoice))
    assert fresh(invoice).state == "paid"
    assert ran("verify_ledger", "--fund", estate.at.fund.code, "--journal-only")[0] == 0

    fund = statement(estate, "fund")
    assert figure(fund, "收支表", "银行手续费", 3) == Decimal("260")
    assert figure(fund, "收支表", "待查付款", 3) == Decimal(0)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("interest_tax", "利息税"),
        ("interest_charged", "负利息"),
        ("judicial", "司法扣划"),
        ("wrong_account", "待追回款"),
    ],
)
def test_what_it_was_stands_on_a_line_of_its_own_and_every_proof_holds(
    estate: Provider, tmp_path: Path, kind: str, label: str
) -> None:
    line = estate.bank_line("-260", "划转", account="6222000000000000009", name="某某")
    notice = tmp_path / "通知书.pdf"
    notice.write_bytes(b"%PDF-1.4 notice")
    said = ("--line", line.position, "--kind", kind, "--reason", "见通知书", "--document", notice)
    acted(estate, estate.at.actor, "explain_break", *said)
    for who in (estate.at.committee_key, estate.at.trustee_key):
        acted(estate, who, "turn_key", "break", BreakExplanation.objects.get(line=line).pk)

    fund, value = statement(estate, "fund"), statement(estate, "value-preservation")

    assert figure(fund, "收支表", label, 3) == Decimal("260")
    assert figure(value, "资金变动", label, 3) == Decimal("260")
    proofs = [proof for report in (fund, value) for table in report.sheets for proof in table.proofs]
    assert [each for each in proofs if each.strict and each.left != each.right] == []


def test_money_given_back_stands_among_the_receipts_below_zero(estate: Provider, tmp_path: Path) -> None:
    grant = estate.bank_line("800", "信托制物业激励资金", account="6222000000000000009", name="街道办")
    line = estate.bank_line("-260", "退还", account="6222000000000000009", name="街道办")
    letter = tmp_path / "函.pdf"
    letter.write_bytes(b"%PDF-1.4 letter")
    said = ("--line", line.position, "--kind", "refund", "--gives-back", grant.position)
    acted(estate, estate.at.actor, "explain_break", *said, "--reason", "多拨", "--document", letter)
    for who in (estate.at.committee_key, estate.at.trustee_key):
        acted(estate, who, "turn_key", "break", BreakExplanation.objects.get(line=line).pk)

    fund = statement(estate, "fund")

    assert figure(fund, "收支表", "退还收款", 3) == Decimal("-260")
    assert figure(fund, "收支表", "本期收入合计", 3) == Decimal("540")


def test_a_row_for_what_seldom_happens_is_left_out_when_nothing_was(estate: Provider) -> None:
    labels = {str(row.cells[0]).strip() for table in statement(estate, "fund").sheets for row in table.rows}

    assert labels.isdisjoint({"利息税", "负利息", "司法扣划", "待追回款", "退还收款"})
