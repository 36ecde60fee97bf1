"""show_queue --actor NAME: what waits for this person since when, and what to run. Never writes."""

import json
from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from rich.table import Table

from custody.console.commands import HouseCommand
from custody.console.screen import show_table
from custody.kernel.words import told
from custody.permits.acts import Act
from settlement.queue.settlement_turns import queue_of


class Command(HouseCommand):
    """Edge of settlement.queue; exit 0 whether or not anything waits."""

    help = "列出等某人办理的事项，最早的在前 / show what waits for a person"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--actor USERNAME``, ``--fund CODE`` for one fund alone, ``--json``."""
        self.add_actor(parser)
        self.add_fund(parser, required=False)
        parser.add_argument("--json", action="store_true", dest="as_json", help=_("输出 JSON 数组"))

    def run(self, options: dict[str, Any]) -> None:
        """One row an item, and the count."""
        funds = {fund.code for fund in self.funds_asked(options["fund"])}
        person = self.actor_named(options["actor"])
        items = queue_of(person, self.now(), among=funds)
        if options["as_json"]:
            rows = [item.as_dict() for item in items]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        table = Table(_("自"), _("信托"), _("待办"), _("编号"), _("金额"), _("事项"), _("命令"))
        table.columns[4].justify = "right"
        for item in items:
            table.add_row(
                f"{localtime(item.since):%Y-%m-%d}",
                item.fund,
                str(Act(item.act).label),
                item.number,
                "" if item.amount is None else f"{item.amount:,.2f}",
                item.what,
                item.command,
            )
        if items:
            show_table(self.screen, table)
        self.stdout.write(told(_("共 %(count)s 项 / items"), count=len(items)))
