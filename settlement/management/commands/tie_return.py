"""tie_return NUMBER --line LINE --reason TEXT --document FILE: a credit without number is this payment back.

Moves nothing alone: a second person turns the trust company's key on it (``turn_key return NUMBER``).
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.files.intake import handed_in
from custody.kernel.words import told
from custody.money_in.explanations import line_called
from settlement.payments.unnamed_returns import report_return
from settlement.queue.paying_subjects import settlement_numbered


class Command(HouseCommand):
    """Edge of settlement.payments.unnamed_returns."""

    help = "认定未写明发票的退汇，待第二人确认 / tie an unnamed return to a payment"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund, the invoice, the line, what shows it, and who says so."""
        self.add_fund(parser)
        self.add_line(parser)
        parser.add_argument("number", metavar="NUMBER", help="发票号码 / invoice number")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="理由 / why")
        parser.add_argument(
            "--document", required=True, type=Path, metavar="FILE", help="凭据文件 / the paper that shows it"
        )
        parser.add_argument("--dry-run", action="store_true", help="校验后撤销，不写入 / validate only")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """One report, in one transaction; a rehearsal is undone."""
        fund = self.fund_called(options["fund"])
        actor, paper = self.actor_named(options["actor"]), handed_in(options["document"])
        with transaction.atomic():
            tie = report_return(
                settlement_id=settlement_numbered(fund.pk, options["number"]),
                line_id=line_called(fund.pk, options["line"]).pk,
                reason=options["reason"],
                paper=paper,
                actor=actor,
                at=self.now(),
            )
            transaction.set_rollback(options["dry_run"])
        if options["dry_run"]:
            self.stdout.write(_("校验通过，未写入 / valid, nothing written"))
        else:
            self.stdout.write(told(_("退汇认定 %(tie)s，待另一持钥人确认"), tie=tie.pk))
