"""show_settlements --fund CODE: every invoice of a fund, where it stands and why. Writes nothing."""

from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from custody.models import Fund
from settlement.models import Settlement
from settlement.selectors import last_reasons
from settlement.states import TITLES, State


class Command(BaseCommand):
    """A table a clerk reads, on a terminal or through a pipe."""

    help = "列出发票的结算状态与退回原因 / show settlements"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE``, ``--state STATE``."""
        parser.add_argument("--fund", required=True, metavar="CODE", help="小区(信托)编码 / fund code")
        states = [state.value for state in State]
        parser.add_argument("--state", choices=states, help="只列某一状态 / one state")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table."""
        fund = Fund.objects.filter(code=options["fund"]).first()
        if fund is None:
            raise CommandError(f"没有这个编码的信托:{options['fund']} / no such fund", returncode=2)
        table = Table("发票号码", "开票日期", "金额", "状态", "原因")
        table.columns[2].justify = "right"
        settlements = Settlement.objects.filter(fund=fund).order_by("issued_on", "number")
        if options["state"]:
            settlements = settlements.filter(state=options["state"])
        for each in settlements:
            state = State(each.state)
            reasons = last_reasons(each.pk) if state == State.RETURNED else []
            table.add_row(
                each.number,
                each.issued_on.isoformat(),
                f"{each.total.amount:,.2f}",
                TITLES[state],
                "\n".join(reasons),
            )
        page = StringIO()
        Console(file=page, width=160).print(table)
        self.stdout.write(page.getvalue())
