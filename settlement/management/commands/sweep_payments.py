"""sweep_payments: resends filed batches whose message was lost, and names payments the bank is silent about.

Refuses to send anything twice: a batch leaves as the same file under the same name.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from settlement.payments import sending


class Command(BaseCommand):
    """Run it every few minutes."""

    help = "补发未送出的付款文件,列出迟迟无回音的付款 / resend unsent batches"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--dry-run``, ``--minutes N``."""
        parser.add_argument("--dry-run", action="store_true", help="只列出,不发送 / list only")
        parser.add_argument(
            "--minutes", type=int, default=sending.UNSENT_MINUTES, help="超过几分钟未送出 / unsent for"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, then tell what a person must look at."""
        at = timezone.now()
        waiting = sending.unsent(at, minutes=options["minutes"])
        sent = [] if options["dry_run"] else sending.sweep(at=at, minutes=options["minutes"])
        for batch in waiting:
            done = "已补发" if batch.pk in sent else "未送出"
            self.stdout.write(f"{done} {batch.message_id} 付款日 {batch.execute_on}")
        for each in sending.silent(at):
            self.stdout.write(
                f"待查 发票 {each.number} 指令 {each.end_to_end_id} 付款日 {each.execute_on},银行尚无回音"
            )
        self.stdout.write(f"批次 {len(waiting)},补发 {len(sent)}")
