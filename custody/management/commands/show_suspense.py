"""show_suspense --fund CODE: money whose meaning is open and what a clerk must settle. Never writes."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from rich.table import Table

from custody.console.commands import HouseCommand
from custody.console.screen import show_table
from custody.kernel.words import told
from custody.money_in.breaks import discrepancies_told
from custody.money_in.explanations import unidentified_money


class Command(HouseCommand):
    """Edge of custody.money_in.explanations."""

    help = "列出待确认款项和待查付款 / show suspense and unexplained payments"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund."""
        self.add_fund(parser)

    def run(self, options: dict[str, Any]) -> None:
        """One row an item, what else is a break, and the count."""
        fund = self.fund_called(options["fund"])
        items = unidentified_money(fund.pk)
        table = Table(_("日期"), _("金额"), _("对方"), _("内容"), _("凭据"), _("待查事项"))
        table.columns[1].justify = "right"
        for item in items:
            amount = f"{item.amount:,.2f}"
            table.add_row(item.on.isoformat(), amount, item.counterparty, item.text, item.evidence, item.note)
        if items:
            show_table(self.screen, table)
        for fault in discrepancies_told(fund.pk):
            self.stdout.write(fault)
        self.stdout.write(told(_("共 %(count)s 项 / items"), count=len(items)))
