"""propose_payback --line LINE --bank NAME --reason TEXT: ask that a receipt in suspense be paid back.

It goes to the account and name of the bank's line; only where the bank gave none are they said here, with
``--document``. ``turn_key payback`` takes the number it tells, ``instruct_paybacks`` files it.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.files.intake import handed_in
from custody.kernel.words import told
from custody.money_in.explanations import line_called
from custody.money_in.paybacks import PayerAccount, propose_payback


class Command(HouseCommand):
    """Edge of custody.money_in.paybacks."""

    help = "申请退还待确认款项，须两把密码 / ask that a receipt be paid back"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The line, the payer's bank, and why."""
        self.add_fund(parser)
        self.add_line(parser)
        parser.add_argument("--bank", required=True, metavar="NAME", help="付款人的开户行 / the payer's bank")
        parser.add_argument("--clearing", default="", metavar="CNAPS", help="联行号，12 位数字")
        parser.add_argument("--holder", default="", metavar="NAME", help="银行未写明时的户名")
        parser.add_argument("--number", default="", metavar="ACCOUNT", help="银行未写明时的账号")
        parser.add_argument("--document", type=Path, metavar="FILE", help="凭据 / what shows it")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="理由 / why")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what is next."""
        fund = self.fund_called(options["fund"])
        payback = propose_payback(
            line=line_called(fund.pk, options["line"]),
            to=PayerAccount(options["bank"], options["clearing"], options["number"], options["holder"]),
            reason=options["reason"],
            evidence=handed_in(options["document"]) if options["document"] else None,
            actor=self.actor_named(options["actor"]),
            at=self.now(),
        )
        self.stdout.write(told(_("退还编号 %(number)s，待两把密码"), number=payback.pk))
