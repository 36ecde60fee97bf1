"""sweep_payments: resends filed batches whose message was lost, and names payments the bank is silent about.

Refuses to send anything twice: a batch leaves as the same file under the same name.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from custody.kernel.words import told
from settlement.payments import sending


class Command(BaseCommand):
    """Run it every few minutes."""

    help = _("补发未送出的付款文件，列出迟迟无回音的付款 / resend unsent batches")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--dry-run``, ``--minutes N``."""
        parser.add_argument("--dry-run", action="store_true", help=_("只列出，不发送 / list only"))
        parser.add_argument(
            "--minutes", type=int, default=sending.UNSENT_MINUTES, help=_("超过几分钟未送出 / unsent for")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, then tell what a person must look at."""
        at = timezone.now()
        waiting = sending.unsent(at, minutes=options["minutes"])
        sent = [] if options["dry_run"] else sending.sweep(at=at, minutes=options["minutes"])
        for batch in waiting:
            line = (
                _("已补发 %(batch)s 付款日 %(day)s")
                if batch.pk in sent
                else _("未送出 %(batch)s 付款日 %(day)s")
            )
            self.stdout.write(told(line, batch=batch.message_id, day=batch.execute_on))
        for each in sending.silent(at):
            self.stdout.write(
                told(
                    _("待查 发票 %(number)s 指令 %(order)s 付款日 %(day)s，银行尚无回音"),
                    number=each.number,
                    order=each.end_to_end_id,
                    day=each.execute_on,
                )
            )
        self.stdout.write(told(_("批次 %(waiting)s，补发 %(sent)s"), waiting=len(waiting), sent=len(sent)))
