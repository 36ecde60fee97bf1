"""explain_break --fund CODE --line LINE --kind KIND --reason TEXT --document FILE: say what an open line is.

With ``--order NUMBER`` in place of line and kind: that a merchant order never reached the bank.

Nothing moves until both keys are turned (``turn_key break NUMBER``). Refuses what the service refuses.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from custody.console.commands import LINE_HELP, HouseCommand
from custody.files.intake import handed_in
from custody.kernel.errors import NotFound, Rejected
from custody.kernel.words import told
from custody.models import BreakExplanation, ChannelOrder, Fund, LineKind
from custody.money_in.break_proposals import ACCOUNTS, propose_explanation, propose_void
from custody.money_in.explanations import line_called


class Command(HouseCommand):
    """Edge of custody.money_in.break_proposals."""

    help = "查明待查款项：是什么、为什么、凭据 / say what an open bank line is"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The fund, the line, what it is and what shows that, and who says so."""
        self.add_fund(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--line", metavar="LINE", help=LINE_HELP)
        what.add_argument("--order", metavar="NUMBER", help="从未到账的商户订单 / an order that never came")
        kinds = [kind.value for kind in ACCOUNTS]
        parser.add_argument("--kind", choices=kinds, help="流水的款项是什么 / what the line is")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="理由 / why")
        parser.add_argument(
            "--document", required=True, type=Path, metavar="FILE", help="凭据文件 / the paper that shows it"
        )
        parser.add_argument("--gives-back", metavar="LINE", help="退还哪一笔到账流水 / receipt given back")
        parser.add_argument("--dry-run", action="store_true", help="校验后撤销，不写入 / validate only")
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """One proposal, in one transaction; a rehearsal is undone."""
        fund = self.fund_called(options["fund"])
        facts: dict[str, Any] = {
            "reason": options["reason"],
            "paper": handed_in(options["document"]),
            "actor": self.actor_named(options["actor"]),
            "at": self.now(),
        }
        with transaction.atomic():
            if options["order"] is None:
                proposed = self._line(fund, options, facts)
            else:
                proposed = propose_void(order_id=_order_called(fund, options["order"]), **facts)
            transaction.set_rollback(options["dry_run"])
        if options["dry_run"]:
            self.stdout.write(_("校验通过，未写入 / valid, nothing written"))
        else:
            self.stdout.write(told(_("查明建议 %(proposal)s，待两把密码"), proposal=proposed.pk))

    def _line(self, fund: Fund, options: dict[str, Any], facts: dict[str, Any]) -> BreakExplanation:
        if options["kind"] is None:
            raise Rejected(_("请写明款项的种类"), code="kind-missing")
        back = options["gives_back"]
        return propose_explanation(
            line_id=line_called(fund.pk, options["line"]).pk,
            kind=LineKind(options["kind"]),
            gives_back_id=None if back is None else line_called(fund.pk, back).pk,
            **facts,
        )


def _order_called(fund: Fund, number: str) -> int:
    """The fund's merchant order of this number. NotFound."""
    order = ChannelOrder.objects.filter(fund=fund, order_number=number.strip()).first()
    if order is None:
        raise NotFound(_("没有订单 %(number)s"), number=number)
    return order.pk
