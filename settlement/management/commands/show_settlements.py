"""show_settlements --fund CODE: every invoice of a fund, where it stands and why. Writes nothing."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from rich.table import Table

from custody.console.commands import HouseCommand
from custody.console.screen import show_table
from settlement.models import Settlement
from settlement.selectors import last_reasons
from settlement.states import TITLES, State


class Command(HouseCommand):
    """A table a clerk reads, on a terminal or through a pipe."""

    help = "列出发票的结算状态与退回原因 / show settlements"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE``, ``--state STATE``."""
        self.add_fund(parser)
        states = [state.value for state in State]
        parser.add_argument("--state", choices=states, help="只列某一状态 / one state")

    def run(self, options: dict[str, Any]) -> None:
        """Print the table."""
        fund = self.fund_called(options["fund"])
        table = Table(_("发票号码"), _("开票日期"), _("金额"), _("状态"), _("原因"))
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
        show_table(self.screen, table)
