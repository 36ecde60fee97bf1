"""note_line --fund CODE --line LINE --note TEXT: leave a note beside a bank line that stays open."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.money_in.explanations import line_called
from custody.money_in.notes import note_line


class Command(HouseCommand):
    """Edge of custody.money_in.notes."""

    help = "为待查的流水留备注 / leave a note beside an open bank line"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund, the line, what to say, and who says it."""
        self.add_fund(parser)
        self.add_line(parser)
        parser.add_argument("--note", required=True, metavar="TEXT", help="备注 / what to say")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """One note."""
        fund = self.fund_called(options["fund"])
        actor = self.actor_named(options["actor"])
        line = line_called(fund.pk, options["line"])
        note_line(line=line, text=options["note"], actor=actor, at=self.now())
        self.stdout.write(_("已备注 / noted"))
