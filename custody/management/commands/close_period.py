"""close_period --through DATE: proposes that every day through it be closed; both keys on it close them.

Refuses a day that is not over. The number it tells is what ``turn_key period`` takes.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.proofs import closing


class Command(HouseCommand):
    """Edge of custody.proofs.closing."""

    help = "提议关账，须两把密码 / propose that days be closed"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--through DATE``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument(
            "--through", required=True, type=asked_day, metavar="DATE", help="关闭到这一天 / last day closed"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what is next; closed through exactly that day is told as unchanged."""
        fund, through = self.fund_called(options["fund"]), options["through"]
        actor = self.actor_named(options["actor"])
        if closing.closed_through(fund) == through:
            self.stdout.write(told(_("早已关闭到 %(through)s，无变化"), through=through))
            return
        row = closing.propose_closing(fund=fund, through=through, actor=actor, at=self.now())
        said = _("关账提议编号 %(number)s：关闭到 %(through)s，待两把密码")
        self.stdout.write(told(said, number=row.pk, through=through))
