"""send_notices: tells whoever has a turn, by the outbox; what the courier would not take is tried again.

Run it every few minutes. Exits 2 while a letter could not be sent.
"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.db import connection
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from settlement.notices.delivering import Delivery, deliver_notice, present_courier, waiting_notices
from settlement.notices.outbox import write_notices


class Command(HouseCommand):
    """Edge of settlement.notices."""

    help = "通知等着办事的人 / tell whoever has a turn"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--fund CODE``: the people of one fund alone, over all of theirs."""
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """Write what is to be told, then send what waits: a rehearsal sends nothing."""
        at = self.now()
        fund = self.fund_called(options["fund"]) if options["fund"] else None
        written = write_notices(at=at, fund=fund)
        found: Counter[Delivery] = Counter()
        if not connection.in_atomic_block:
            courier = present_courier()
            waiting = list(waiting_notices(localdate(at)).values_list("pk", flat=True))
            found.update(deliver_notice(notice_id=pk, courier=courier, at=self.now()) for pk in waiting)
        said = _("写 %(written)s 封，发出 %(sent)s 封；没有地址的 %(no_address)s 封")
        facts = {"sent": found[Delivery.SENT], "no_address": found[Delivery.NO_ADDRESS]}
        self.stdout.write(told(said, written=written, **facts))
        if found[Delivery.FAILED]:
            raise self.refusal(
                _("%(count)s 封没有发出，会再试，原因见 show_notices"), count=found[Delivery.FAILED]
            )
