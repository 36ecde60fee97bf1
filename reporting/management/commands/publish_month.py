"""publish_month --month YYYY-MM: shows the month's accounts to the owners. Again with nothing new: unchanged.

Refuses a month that is not over.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.disclosure.publishing import publish_month
from reporting.disclosure.telling_editions import edition_told, month_named


class Command(HouseCommand):
    """Edge of reporting.disclosure.publishing."""

    help = "公布一个月的账目 / publish a month to the owners"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--month YYYY-MM``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument(
            "--month", required=True, type=month_named, metavar="YYYY-MM", help=_("要公布的月份")
        )

    def run(self, options: dict[str, Any]) -> None:
        """Publish, and tell the edition and what it changed."""
        fund, actor = self.fund_called(options["fund"]), self.actor_named(options["actor"])
        edition = publish_month(fund=fund, month=options["month"], actor=actor, at=self.now())
        for line in edition_told(edition):
            self.stdout.write(line)
        self.stdout.write(
            told(_("业主页 /e/%(fund)s/%(month)s/"), fund=fund.code, month=f"{options['month']:%Y-%m}")
        )
