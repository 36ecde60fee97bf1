"""instruct_payments: files released invoices of one fund as one payment file. Refuses the file whole.

Without numbers it takes every released invoice; where none is, or all named are filed, nothing changes.
"""

from argparse import ArgumentParser
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand, asked_day
from custody.kernel.words import told
from custody.models import Fund
from custody.vault import inbox
from settlement.models import Settlement
from settlement.payments import filing
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(HouseCommand):
    """Edge of settlement.payments.filing."""

    help = "下达付款指令：已放款的发票合成一个付款文件 / file released invoices as one batch"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE --actor USERNAME [NUMBER…]``, ``--on DATE``, ``--dry-run``."""
        self.add_fund(parser)
        self.add_actor(parser)
        parser.add_argument("--on", type=asked_day, metavar="DATE", help="付款日，缺省为今天 / pay on")
        parser.add_argument("--dry-run", action="store_true", help="校验后撤销，不写入 / validate only")
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="发票号码，缺省为全部已放款的")

    def run(self, options: dict[str, Any]) -> None:
        """One batch, in one transaction; its file leaves after the commit."""
        fund, at = self.fund_called(options["fund"]), self.now()
        actor = self.actor_named(options["actor"])
        chosen = self._chosen(fund, options["numbers"])
        if not chosen:
            self.stdout.write(_("没有待付的已放款发票，无变化 / nothing to pay"))
            return
        with transaction.atomic():
            batch = filing.instruct(
                fund_id=fund.pk,
                settlement_ids=chosen,
                execute_on=options["on"] or localdate(at),
                actor=actor,
                at=at,
            )
            transaction.set_rollback(options["dry_run"])
        said = _("校验通过，未写入：%(count)s 笔，%(total)s 元 / valid, nothing written")
        if not options["dry_run"]:
            said = _("付款指令 %(batch)s：%(count)s 笔，%(total)s 元，付款日 %(on)s")
        facts = {"batch": batch.message_id, "count": batch.order_count, "on": batch.execute_on}
        self.stdout.write(told(said, total=batch.total, **facts))
        if not options["dry_run"] and not inbox.answers_here():
            self.stdout.write(_("付款文件等密钥服务核验后送出 / the file waits for the vault"))

    @staticmethod
    def _chosen(fund: Fund, numbers: list[str]) -> list[int]:
        """What to file: all released, or those named; nothing when each of those is with the bank already."""
        rows = Settlement.objects.filter(fund=fund)
        if not numbers:
            return list(rows.filter(state=State.RELEASED.value).values_list("pk", flat=True))
        named = [settlement_numbered(fund.pk, number) for number in numbers]
        filed = rows.filter(pk__in=named, state__in=[State.INSTRUCTED.value, State.PAID.value]).count()
        return [] if filed == len(set(named)) else named
