"""Every workbook a clerk or the firm fills in, empty: which sheets it has, with an example of each cell.

Headers and choices are the readers' own row models. A fund adds its budget codes and its parties' names to
the drop-downs. Refuses nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from custody.amendments.bank_accounts import ACCOUNTS_SHEET, AccountRow
from custody.amendments.parties import PARTIES_SHEET, PartyRow
from custody.amendments.proposing import RESOLUTION_SHEET, ResolutionItems
from custody.amendments.unit_changes import UnitChangeRow
from custody.deeds.estate_file import (
    ESTATE_SHEET,
    TERMS_SHEET,
    UNITS_SHEET,
    EstateItems,
    TermRow,
    UnitRow,
)
from custody.files.templates import TemplateSheet, template_bytes
from custody.models import BankAccount, Fund, FundParty, OrganisationKind, RevenueLine
from custody.money_in.public_revenue import RevenueRow
from settlement.contracts.budgets import BUDGET_SHEET, BudgetItem
from settlement.contracts.payee_file import PAYEES_SHEET, PayeeRow
from settlement.contracts.taking_on import PROVIDER_SHEET, ProviderItems
from settlement.invoices.invoice_file import INVOICES, INVOICES_AT_ONCE_MAX, LINES, InvoiceRow, LineRow
from settlement.models import BudgetLine
from settlement.selectors import claimable_work
from settlement.work.importing import SCORES, WORK, ScoreRow, WorkRow


class Blank(TextChoices):
    """The workbooks there are."""

    ESTATE = "estate", _("小区入户")
    WORK = "work", _("工单与考核")
    INVOICES = "invoices", _("发票")
    PUBLIC_REVENUE = "public-revenue", _("公共收益明细")
    BUDGET = "budget", _("年度预算")
    DEED_TERMS = "deed-terms", _("信托条款变更")
    UNITS = "units", _("房屋变更")
    PARTIES = "parties", _("当事人变更")
    PAYEES = "payees", _("收款账户变更")
    BANK_ACCOUNTS = "bank-accounts", _("信托专户变更")


def blank_workbook(blank: Blank, *, fund: Fund | None = None) -> bytes:
    """The empty workbook; with a fund its drop-downs offer the fund's own codes and names."""
    return template_bytes(sheets_of(blank, fund=fund))


def prefilled_invoices(*, fund: Fund, seller: str) -> bytes:
    """The invoice workbook with a row for each piece of accepted work that no invoice claims yet.

    Numbers and dates of the invoices are the firm's to fill in; a row it does not invoice it deletes.
    """
    heads, lines = _invoices(fund)
    buyer = (*_parties(fund)[1], "")[0]
    work = claimable_work(fund.pk, INVOICES_AT_ONCE_MAX)
    filled: list[Mapping[str, str | int | Decimal]] = [
        {
            "line_no": 1, "budget_code": each.order.budget_line.code, "basis": "工单",
            "cited": each.order.number, "amount": each.left,
        }
        for each in work
    ]  # fmt: skip
    named: list[Mapping[str, str | int | Decimal]] = [
        {"total": each.left, "seller": seller, "buyer": buyer} for each in work
    ]
    return template_bytes((replace(heads, rows=named), replace(lines, rows=filled)))


def sheets_of(blank: Blank, *, fund: Fund | None = None) -> Sequence[TemplateSheet]:
    """The sheets of a workbook, in the order a clerk fills them in."""
    return _SHEETS[blank](fund)


def _estate(fund: Fund | None) -> Sequence[TemplateSheet]:
    return (
        TemplateSheet(ESTATE_SHEET, EstateItems, _ESTATE, pairs=True),
        _terms(),
        TemplateSheet(
            UNITS_SHEET,
            UnitRow,
            {
                "building": "1栋", "entrance": "2单元", "room": "301", "area": "95.05",
                "owner_name": "张三", "monthly_price": "2.10元",
            },
        ),
        _budget_lines(),
        TemplateSheet(PROVIDER_SHEET, ProviderItems, _PROVIDER, pairs=True),
    )  # fmt: skip


def _terms() -> TemplateSheet:
    example = {"name": "酬金基数", "value": "实收收入", "effective_from": "2025-07-01"}
    return TemplateSheet(TERMS_SHEET, TermRow, example)


def _resting_on_a_resolution(*sheets: TemplateSheet) -> Sequence[TemplateSheet]:
    """A dated workbook: what it rests on, then what changes."""
    example = {"reference": "业主大会〔2025〕3号", "resolved_on": "2025-11-20", "title": "下一年度事项"}
    return (TemplateSheet(RESOLUTION_SHEET, ResolutionItems, example, pairs=True), *sheets)


def _budget(_fund: Fund | None) -> Sequence[TemplateSheet]:
    return _resting_on_a_resolution(_budget_lines())


def _deed_terms(_fund: Fund | None) -> Sequence[TemplateSheet]:
    return _resting_on_a_resolution(_terms())


def _units(_fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "building": "1栋", "entrance": "2单元", "room": "301", "area": "", "owner_name": "李四",
        "monthly_price": "", "valid_from": "2026-01-01", "ended_as": "",
    }  # fmt: skip
    return _resting_on_a_resolution(TemplateSheet(UNITS_SHEET, UnitChangeRow, example))


def _party_changes(_fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "kind": "服务商", "name": "新某某物业服务有限公司", "credit_code": "91510100MA61TEST0X",
        "starts_on": "2026-01-01", "last_on": "",
    }  # fmt: skip
    return _resting_on_a_resolution(TemplateSheet(PARTIES_SHEET, PartyRow, example))


def _payees(fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "payee": "某某物业服务有限公司", "holder": "某某物业服务有限公司", "number": "510101040012345678",
        "bank_name": "某某银行武侯支行", "clearing_number": "103651000018", "usable_from": "2026-01-01",
    }  # fmt: skip
    firms = {"payee": _parties(fund)[0]}
    return _resting_on_a_resolution(TemplateSheet(PAYEES_SHEET, PayeeRow, example, firms))


def _bank_accounts(_fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "number": "4402000000000000002", "holder": "某某信托-四季家园", "bank_name": "某某银行成都分行",
        "pays": "收付", "usable_from": "2026-01-01", "last_on": "",
    }  # fmt: skip
    return _resting_on_a_resolution(TemplateSheet(ACCOUNTS_SHEET, AccountRow, example))


def _budget_lines() -> TemplateSheet:
    example = {
        "year": "2025年度", "code": "CLN", "name": "清洁卫生", "book": "经营账", "annual_amount": "12万元",
    }  # fmt: skip
    return TemplateSheet(BUDGET_SHEET, BudgetItem, example)


def _work(fund: Fund | None) -> Sequence[TemplateSheet]:
    work = {
        "number": "GD-2025-0701", "description": "7月清洁卫生", "budget_code": "CLN",
        "completed_on": "2025-07-31", "accepted_on": "2025-08-02", "accepted_by": "业主委员会 李四",
        "accepted": "合格", "amount": "10,000.00",
    }  # fmt: skip
    score = {"year": "2025", "quarter": "3", "score": "92", "assessed_by": "业主委员会"}
    return (
        TemplateSheet(WORK, WorkRow, work, {"budget_code": _budget_codes(fund)}),
        TemplateSheet(SCORES, ScoreRow, score, {"quarter": ("1", "2", "3", "4")}),
    )


def _invoices(fund: Fund | None) -> Sequence[TemplateSheet]:
    number = "25512668862862417662"
    sellers, buyers = _parties(fund)
    head = {
        "number": number, "issued_on": "2025-08-03", "total": "10,000.00",
        "seller": sellers[0] if sellers else "某某物业服务有限公司",
        "buyer": buyers[0] if buyers else "某某信托-某某小区",
    }  # fmt: skip
    line = {
        "number": number, "line_no": "1", "budget_code": "CLN", "basis": "工单", "cited": "GD-2025-0701",
        "amount": "10,000.00",
    }  # fmt: skip
    return (
        TemplateSheet(INVOICES, InvoiceRow, head, {"seller": sellers, "buyer": buyers}),
        TemplateSheet(LINES, LineRow, line, {"budget_code": _budget_codes(fund)}),
    )


def _public_revenue(_fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "received_on": "2025-07-01", "description": "停车费", "payer": "川A12345", "proof": "SJ-0001",
        "amount": "300.00", "batch": "TC20250701",
    }  # fmt: skip
    sources = [str(label) for label in RevenueLine.Source.labels]
    return (TemplateSheet("公共收益", RevenueRow, example, {"description": sources}),)


_SHEETS: dict[Blank, Callable[[Fund | None], Sequence[TemplateSheet]]] = {
    Blank.ESTATE: _estate,
    Blank.WORK: _work,
    Blank.INVOICES: _invoices,
    Blank.PUBLIC_REVENUE: _public_revenue,
    Blank.BUDGET: _budget,
    Blank.DEED_TERMS: _deed_terms,
    Blank.UNITS: _units,
    Blank.PARTIES: _party_changes,
    Blank.PAYEES: _payees,
    Blank.BANK_ACCOUNTS: _bank_accounts,
}


def _budget_codes(fund: Fund | None) -> Sequence[str]:
    if fund is None:
        return ()
    return list(
        BudgetLine.objects.filter(fund=fund).order_by("code").values_list("code", flat=True).distinct()
    )


def _parties(fund: Fund | None) -> tuple[Sequence[str], Sequence[str]]:
    """Who may stand as seller and as buyer of the fund's invoices."""
    if fund is None:
        return (), ()
    sellers = FundParty.objects.filter(fund=fund, organisation__kind=OrganisationKind.PROVIDER)
    buyers = BankAccount.objects.filter(fund=fund).order_by("-handover", "pk")
    return (
        list(sellers.order_by("pk").values_list("organisation__name", flat=True)),
        list(buyers.values_list("holder", flat=True)),
    )


_ESTATE = {
    "code": "CD-GX-0001", "name": "四季家园", "district": "高新区", "street": "石羊街道",
    "community": "新园社区", "built_year": "2008", "households": "782", "residential_area": "83,404.00",
    "trustee": "某某信托有限公司",
    "assembly": "四季家园业主大会", "committee": "四季家园业主委员会", "protector": "石羊街道办事处",
    "product_code": "WY-2025-001", "bank_name": "某某银行成都分行", "account_holder": "某某信托-四季家园",
    "account_number": "4402000000000000001", "opened_on": "2025-07-01", "opening_operating": "6万",
    "opening_maintenance": "0.00", "resolution": "业主大会〔2025〕1号",
}  # fmt: skip
_PROVIDER = {
    "name": "某某物业服务有限公司", "credit_code": "91510100MA61TEST0X", "holder": "某某物业服务有限公司",
    "number": "510101040012345678", "bank_name": "某某银行武侯支行", "clearing_number": "103651000018",
}  # fmt: skip
