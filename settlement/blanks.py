"""Every workbook a clerk or the firm fills in, empty: which sheets it has, with an example of each cell.

Headers and choices are the readers' own row models. A fund adds its budget codes and its parties' names to
the drop-downs. Refuses nothing.
"""

from collections.abc import Callable, Sequence

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

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
from settlement.contracts.taking_on import BUDGET_SHEET, PROVIDER_SHEET, BudgetItem, ProviderItems
from settlement.invoices.invoice_file import INVOICES, LINES, InvoiceRow, LineRow
from settlement.models import BudgetLine
from settlement.work.importing import SCORES, WORK, ScoreRow, WorkRow


class Blank(TextChoices):
    """The workbooks there are."""

    ESTATE = "estate", _("小区入户")
    WORK = "work", _("工单与考核")
    INVOICES = "invoices", _("发票")
    PUBLIC_REVENUE = "public-revenue", _("公共收益明细")
    BUDGET = "budget", _("年度预算")


def blank_workbook(blank: Blank, *, fund: Fund | None = None) -> bytes:
    """The empty workbook; with a fund its drop-downs offer the fund's own codes and names."""
    return template_bytes(sheets_of(blank, fund=fund))


def sheets_of(blank: Blank, *, fund: Fund | None = None) -> Sequence[TemplateSheet]:
    """The sheets of a workbook, in the order a clerk fills them in."""
    return _SHEETS[blank](fund)


def _estate(fund: Fund | None) -> Sequence[TemplateSheet]:
    return (
        TemplateSheet(ESTATE_SHEET, EstateItems, _ESTATE, pairs=True),
        TemplateSheet(
            TERMS_SHEET, TermRow, {"name": "酬金基数", "value": "实收收入", "effective_from": "2025-07-01"}
        ),
        TemplateSheet(
            UNITS_SHEET,
            UnitRow,
            {
                "building": "1栋", "entrance": "2单元", "room": "301", "area": "95.05",
                "owner_name": "张三", "monthly_price": "2.10元",
            },
        ),
        *_budget(fund),
        TemplateSheet(PROVIDER_SHEET, ProviderItems, _PROVIDER, pairs=True),
    )  # fmt: skip


def _budget(_fund: Fund | None) -> Sequence[TemplateSheet]:
    example = {
        "year": "2025年度", "code": "CLN", "name": "清洁卫生", "book": "经营账", "annual_amount": "12万元",
    }  # fmt: skip
    return (TemplateSheet(BUDGET_SHEET, BudgetItem, example),)


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
