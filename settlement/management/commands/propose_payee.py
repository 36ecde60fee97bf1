"""propose_payee: puts a payee's changed account on record, unusable until two keys and some days.

The same account said again is the proposal already there; ``turn_key payee`` takes the number it tells.
"""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Fund, Organisation, OrganisationKind
from custody.permits.asking import parties_of
from settlement.decisions import payees


class Command(HouseCommand):
    """Edge of settlement.decisions.payees."""

    help = "登记收款账户变更，须两把密码 / put a payee's changed account on record"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--holder --number --bank --clearing``, and ``--provider NAME`` where the fund has several."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--provider", metavar="NAME", help="服务商名称，缺省为唯一的一家")
        parser.add_argument("--holder", required=True, metavar="NAME", help="收款户名")
        parser.add_argument("--number", required=True, metavar="ACCOUNT", help="收款账号")
        parser.add_argument("--bank", required=True, metavar="NAME", help="开户行")
        parser.add_argument("--clearing", required=True, metavar="CNAPS", help="联行号，12 位数字")

    def run(self, options: dict[str, Any]) -> None:
        """Propose, and say what is next."""
        fund, at = self.fund_called(options["fund"]), self.now()
        row = payees.propose(
            fund=fund,
            organisation=self._provider(fund, options["provider"], localdate(at)),
            holder=options["holder"],
            number=options["number"],
            bank_name=options["bank"],
            clearing_number=options["clearing"],
            actor=self.actor_named(options["actor"]),
            at=at,
        )
        said = _("收款账户变更编号 %(number)s，待两把密码，其后 %(days)s 天可用")
        self.stdout.write(told(said, number=row.pk, days=payees.cooling_off_days()))

    @staticmethod
    def _provider(fund: Fund, name: str | None, on: date) -> Organisation:
        """The fund's property firm that day, the one named if there are several. NotFound."""
        firms = parties_of(fund, OrganisationKind.PROVIDER, on)
        found = [each for each in firms if name in (None, each.name)]
        if len(found) != 1:
            raise NotFound(
                _("请用 --provider 指明服务商：%(firms)s"),
                firms=[each.name for each in firms],
                fund=fund.code,
            )
        return found[0]
