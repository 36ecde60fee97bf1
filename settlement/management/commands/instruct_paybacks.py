"""instruct_paybacks --fund CODE [NUMBER…]: files released paybacks of one fund as one payment file, whole."""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.models import Payback
from custody.money_in.paybacks import PaybackState
from custody.vault import inbox
from settlement.payments.paying_back import instruct_paybacks
from settlement.queue.payback_subject import payback_numbered


class Command(HouseCommand):
    """Edge of settlement.payments.paying_back."""

    help = "下达退还来款的付款指令 / file released paybacks as one batch"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE --actor USERNAME [NUMBER…]``, ``--on DATE``, ``--dry-run``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--on", type=asked_day, metavar="DATE", help="付款日，缺省为今天 / pay on")
        parser.add_argument("--dry-run", action="store_true", help="校验后撤销，不写入 / validate only")
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="退还编号，缺省为全部已放款的")

    def run(self, options: dict[str, Any]) -> None:
        """One batch, in one transaction; its file leaves after the commit."""
        fund, at = self.fund_called(options["fund"]), self.now()
        actor = self.actor_named(options["actor"])
        chosen = [payback_numbered(fund.pk, number) for number in options["numbers"]] or list(
            Payback.objects.filter(fund=fund, state=PaybackState.RELEASED).values_list("pk", flat=True)
        )
        if not chosen:
            self.stdout.write(_("没有待付的已放款退还，无变化 / nothing to pay"))
            return
        with transaction.atomic():
            batch = instruct_paybacks(
                fund_id=fund.pk, payback_ids=chosen, execute_on=options["on"] or localdate(at), actor=actor,
                at=at,
            )  # fmt: skip
            transaction.set_rollback(options["dry_run"])
        said = _("校验通过，未写入：%(count)s 笔，%(total)s 元 / valid, nothing written")
        if not options["dry_run"]:
            said = _("付款指令 %(batch)s：%(count)s 笔，%(total)s 元，付款日 %(on)s")
        facts = {"batch": batch.message_id, "count": batch.order_count, "on": batch.execute_on}
        self.stdout.write(told(said, total=batch.total, **facts))
        if not options["dry_run"] and not inbox.answers_here():
            self.stdout.write(_("付款文件等密钥服务核验后送出 / the file waits for the vault"))
