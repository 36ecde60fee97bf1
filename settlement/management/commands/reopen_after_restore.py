"""reopen_after_restore: a keyholder of the trust company lets a fund's payments go on after a restore.

Refuses while a file in the outbox is unknown, days of statements are missing, or the journal does not verify.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from settlement.payments.adopting import reopen_after_restore


class Command(HouseCommand):
    """Edge of settlement.payments.adopting."""

    help = "数据库恢复并认领后重新开放付款 / let payments go on after a restore"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE --actor USERNAME --reason TEXT [--quiet-days]``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument(
            "--reason", required=True, metavar="TEXT", help="恢复的缘由 / why it was restored"
        )
        parser.add_argument(
            "--quiet-days",
            action="store_true",
            help="已向银行核实缺流水的各天没有收支 / the missing days hold nothing",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Reopen, or say what is in the way."""
        reopen_after_restore(
            fund=self.fund_called(options["fund"]),
            reason=options["reason"],
            actor=self.actor_named(options["actor"]),
            at=self.now(),
            quiet_days=options["quiet_days"],
        )
        self.stdout.write(_("已重新开放付款"))
