"""reopen_period --from DATE --reason TEXT: proposes that closed days be opened; both keys open them.

Refuses a day that is open. Statements of those days issued afterwards say what changed.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.proofs import closing


class Command(HouseCommand):
    """Edge of custody.proofs.closing."""

    help = "提议重开已关闭的期间，须两把密码 / propose that closed days be opened again"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--from DATE --reason TEXT``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument(
            "--from", dest="from_on", required=True, type=asked_day, metavar="DATE",
            help="从这一天起重开 / first day opened",
        )  # fmt: skip
        parser.add_argument("--reason", required=True, metavar="TEXT", help="理由 / why")

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what is next."""
        row = closing.propose_reopening(
            fund=self.fund_called(options["fund"]),
            from_on=options["from_on"],
            reason=options["reason"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
        )
        said = _("重开提议编号 %(number)s：自 %(from_on)s 起重开，待两把密码")
        self.stdout.write(told(said, number=row.pk, from_on=options["from_on"]))
