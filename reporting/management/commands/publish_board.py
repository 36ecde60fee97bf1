"""publish_board --quarter YYYYQn: the quarter's notice board, dated and frozen; prints it with ``--out``.

Refuses a quarter that is not over.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.disclosure.publishing import publish_board
from reporting.disclosure.telling_editions import edition_told, quarter_named


class Command(HouseCommand):
    """Edge of reporting.disclosure.publishing."""

    help = "出一季的公示栏 / post a quarter on the notice board"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--quarter YYYYQn``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument(
            "--quarter", required=True, type=quarter_named, metavar="YYYYQn", help=_("要公示的季度")
        )

    def run(self, options: dict[str, Any]) -> None:
        """Post, and tell the edition and its days on the wall."""
        fund, actor = self.fund_called(options["fund"]), self.actor_named(options["actor"])
        edition = publish_board(fund=fund, quarter=options["quarter"], actor=actor, at=self.now())
        for line in edition_told(edition):
            self.stdout.write(line)
        row = edition.publication
        said = _("张贴 %(from_on)s 至 %(to_on)s")
        self.stdout.write(told(said, from_on=row.posted_from, to_on=row.posted_to))
