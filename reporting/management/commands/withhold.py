"""withhold --entry N or --document SHA256: proposes that owners not see its particulars; two keys make it so.

Refuses a proposal without a reason. The reason is published in its place; amounts and days always are.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from reporting.disclosure.withheld import propose_withholding
from reporting.models import Withheld


class Command(HouseCommand):
    """Edge of reporting.disclosure.withheld."""

    help = "提议暂不公布一笔分录的细节或一份文件，须两把密码 / propose that something be held back"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--entry`` or ``--document``, and ``--reason``."""
        self.add_fund(parser)
        self.add_actor(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--entry", metavar="NUMBER", help=_("分录号"))
        which.add_argument("--document", metavar="SHA256", help=_("文件的SHA-256"))
        parser.add_argument("--reason", required=True, metavar="TEXT", help=_("理由，会公布给业主"))

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what ``turn_key withholding`` takes."""
        what = Withheld.ENTRY if options["entry"] else Withheld.DOCUMENT
        row = propose_withholding(
            fund=self.fund_called(options["fund"]),
            what=what,
            number=options["entry"] or options["document"].strip().lower(),
            reason=options["reason"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
        )
        said = _("不公布提议编号 %(number)s：%(what)s %(which)s，待两把密码")
        self.stdout.write(told(said, number=row.pk, what=what.label, which=row.number))
