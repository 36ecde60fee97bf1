"""The table a person enjoys reading at the end of a replay. Every figure comes from the ledger.

Refuses nothing; it only reads and prints.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table

from config.replay.calendar import months_from, next_month
from config.replay.figures import balance_on, net_between
from custody.kernel.words import told
from custody.ledger import reads
from custody.ledger.cash import daily_cash
from custody.ledger.proof import verify_fund
from custody.models import BankLine, Fund
from settlement.models import BudgetLine

WIDE = 88  # columns the monthly tables need


def show(console: Console, fund: Fund, figures: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Print the quarter: money in, money out, fees, earnings, closing position with its proof, files."""
    monthly = [_money_in(fund, figures), _money_out(fund, figures), _fees(figures)]
    if console.width < WIDE:
        monthly = [_totals_only(table, len(figures["months"])) for table in monthly]
    tables = Group(*monthly, _earned(fund, figures), _closing(fund, figures))
    console.print(Panel(tables, title=_title(fund, figures), expand=False))
    for path in files:
        console.print(f"  {path}", soft_wrap=True, highlight=False)


def _totals_only(table: Table, months: int) -> Table:
    """The same table without its monthly columns: on a narrow terminal no figure is ever cut off."""
    del table.columns[1 : 1 + months]
    for number, column in enumerate(table.columns):
        column._index = number
    return table


def _title(fund: Fund, figures: Mapping[str, Any]) -> str:
    return told(
        _("%(estate)s %(quarter)s · %(units)s 户 · %(area)s ㎡ · 单位：元"),
        estate=fund.estate.name,
        quarter=figures["quarter"],
        units=figures["units"],
        area=figures["area"],
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False, expand=True)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0, overflow="fold")
    return table


def _yuan(amount: object) -> str:
    return f"{Decimal(str(amount)):,.2f}"


def _per_month(figures: Mapping[str, Any], pick: Any) -> list[Decimal]:
    return [Decimal(str(pick(month))) for month in figures["months"].values()]


def _row(table: Table, label: str, amounts: Sequence[Decimal], *, style: str = "") -> None:
    cells = [_yuan(each) if each else "—" for each in amounts]
    table.add_row(label, *cells, _yuan(sum(amounts, Decimal(0))), style=style)


def _money_in(fund: Fund, figures: Mapping[str, Any]) -> Table:
    table = _table(_("收入 / money in"), _("项目"), *figures["months"], _("合计"))
    for kind, title in (
        ("property_fee", _("物业费")),
        ("parking", _("停车费")),
        ("advertising", _("广告费")),
    ):
        _row(table, title, _per_month(figures, lambda month, kind=kind: month["collected"][kind]))
    for kind, title in (
        ("grant", _("激励资金")),
        ("interest", _("活期利息")),
        ("placement_income", _("存放收益")),
    ):
        _row(table, title, _monthly(fund, kind, sign=-1))
    _row(table, _("待确认款项（未计收入）"), _per_month(figures, lambda m: m["suspense"]), style="dim")
    return table


def _money_out(fund: Fund, figures: Mapping[str, Any]) -> Table:
    """By the month the bank paid."""
    table = _table(
        _("支出 / money out（按付款月）"), _("预算科目"), *figures["months"], _("合计"), _("年度预算")
    )
    year = figures["quarter"][:4]
    for line in BudgetLine.objects.filter(fund=fund, year=year).order_by("pk"):
        amounts = _monthly(fund, "budget_spending", code=line.code)
        cells = [_yuan(each) if each else "—" for each in amounts]
        table.add_row(
            f"{line.code} {line.name}",
            *cells,
            _yuan(sum(amounts, Decimal(0))),
            _yuan(line.annual_amount.amount),
        )
    for kind, title in (("channel_fee", _("收款手续费")), ("bank_charge", _("银行手续费"))):
        amounts = _monthly(fund, kind)
        cells = [_yuan(each) if each else "—" for each in amounts]
        table.add_row(title, *cells, _yuan(sum(amounts, Decimal(0))), "")
    return table


def _fees(figures: Mapping[str, Any]) -> Table:
    table = _table(_("费用分配 / fee split"), _("项目"), *figures["months"], _("合计"))
    for key, title in (
        ("remuneration_base", _("酬金基数")),
        ("base_remuneration", _("基础酬金")),
        ("performance_accrued", _("绩效酬金（计提）")),
    ):
        _row(table, title, _per_month(figures, lambda month, key=key: month[key]))
    verdict = figures["assessment"]
    blanks = [""] * len(figures["months"])
    table.add_row(
        told(
            _("考核 %(score)s 分，系数 %(factor)s：绩效应付"),
            score=verdict["score"],
            factor=verdict["factor"],
        ),
        *blanks,
        _yuan(verdict["performance_payable"]),
    )
    table.add_row(_("  归还小区"), *blanks, _yuan(verdict["performance_lapsed"]))
    table.add_row(_("信托报酬（计提）"), *blanks, _yuan(figures["trustee_fee"]))
    table.add_row(_("保管费（计提）"), *blanks, _yuan(figures["custody_fee"]))
    return table


def _earned(fund: Fund, figures: Mapping[str, Any]) -> Table:
    table = _table(_("闲置资金 / what the cash earned"), _("项目"), _("金额"))
    months = months_from(fund.opened_on)
    last = next_month(months[-1]) - timedelta(days=1)
    days = len(daily_cash(fund.pk, months[0], last))
    earned = Decimal(figures["interest"]) + Decimal(figures["placement_income"])
    average = Decimal(figures["average_daily_cash"])
    table.add_row(_("日均资金余额"), _yuan(average))
    table.add_row(_("利息与存放收益"), _yuan(earned))
    if average:
        table.add_row(
            _("折年收益率 = 收益 ÷ 日均 × 365 ÷ 天数"), f"{earned / average * 365 / days * 100:.3f} %"
        )
    return table


def _closing(fund: Fund, figures: Mapping[str, Any]) -> Table:
    """Book against bank, and what is promised but not yet paid."""
    table = _table(_("期末与勾稽 / closing position and its proof"), _("项目"), _("金额"))
    last = next_month(months_from(fund.opened_on)[-1]) - timedelta(days=1)
    operating, maintenance = (balance_on(fund, last, book) for book in ("operating", "maintenance"))
    bank = (
        BankLine.objects.filter(fund=fund, booked_on__lte=last)
        .order_by("-position")
        .values_list("balance", flat=True)
        .first()
    )
    table.add_row(_("账面银行存款：经营账"), _yuan(operating))
    table.add_row(_("账面银行存款：维修账"), _yuan(maintenance))
    table.add_row(_("账面合计"), _yuan(operating + maintenance), style="bold")
    table.add_row(_("银行对账单余额"), "—" if bank is None else _yuan(bank))
    agrees = bank is not None and operating + maintenance == bank
    difference = (
        ""
        if bank is None or agrees
        else told(_("，差 %(amount)s"), amount=_yuan(operating + maintenance - bank))
    )
    table.add_row(
        _("账实核对"),
        told("[green]%(yes)s[/]", yes=_("一致"))
        if agrees
        else told("[red]%(no)s%(difference)s[/]", no=_("不一致"), difference=difference),
    )
    table.add_row(_("已核未付发票"), _yuan(figures["invoices_unpaid_at_quarter_end"]))
    findings = verify_fund(fund.pk)
    head = reads.head_of(fund.pk)
    sound = told("[green]%(yes)s[/]", yes=_("完整")) if not findings else f"[red]{findings[0]}[/]"
    table.add_row(
        told(
            _("账本核验：%(count)s 笔分录，链头 %(head)s…"),
            count=head.sequence if head else 0,
            head=head.chain.hex()[:16] if head else "",
        ),
        sound,
    )
    return table


def _monthly(fund: Fund, kind: str, *, code: str = "", sign: int = 1) -> list[Decimal]:
    return [
        sign * net_between(fund, kind, month, next_month(month) - timedelta(days=1), code=code)
        for month in months_from(fund.opened_on)
    ]
