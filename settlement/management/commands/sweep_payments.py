"""sweep_payments: wakes the vault for filed batches that wait, and names payments the bank is silent about.

Where this process is the vault too, as in a demonstration, it sends them itself. Refuses to send anything
twice: a batch leaves as the same file under the same name. Exits 2 while one that should have left has not.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.words import told
from custody.vault import inbox
from settlement.models import PaymentBatch
from settlement.payments import sending


class Command(HouseCommand):
    """Run it every few minutes."""

    help = "补发未送出的付款文件，列出迟迟无回音的付款 / resend unsent batches"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--dry-run``, ``--minutes N``."""
        parser.add_argument("--dry-run", action="store_true", help="只列出，不发送 / list only")
        parser.add_argument(
            "--minutes", type=int, default=sending.UNSENT_MINUTES, help="超过几分钟未送出 / unsent for"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Send, then tell what a person must look at."""
        at = self.now()
        waiting = sending.unsent(at, minutes=options["minutes"])
        why: dict[int, str] = {}

        def kept(batch: PaymentBatch, reason: str) -> None:
            why[batch.pk] = reason

        sent: list[int] = []
        if inbox.answers_here() and not options["dry_run"]:
            sent = sending.sweep(at=at, minutes=options["minutes"], kept=kept)
        elif not options["dry_run"]:
            inbox.wake()
        for batch in waiting:
            facts = {"batch": batch.message_id, "on": batch.execute_on, "why": why.get(batch.pk, "")}
            if batch.pk in sent:
                line = _("已补发 %(batch)s 付款日 %(on)s")
            elif batch.pk in why:
                line = _("未送出 %(batch)s 付款日 %(on)s：%(why)s")
            elif inbox.answers_here():
                line = _("未送出 %(batch)s 付款日 %(on)s")
            else:
                line = _("未送出 %(batch)s 付款日 %(on)s，等密钥服务送出；送不出的原因见密钥服务的日志")
            self.stdout.write(told(line, **facts))
        for each in sending.silent(at):
            silent = _("待查 发票 %(number)s 指令 %(order)s 付款日 %(on)s，银行尚无回音")
            facts = {"number": each.number, "order": each.end_to_end_id, "on": each.execute_on}
            self.stdout.write(told(silent, **facts))
        self.stdout.write(told(_("批次 %(waiting)s，补发 %(sent)s"), waiting=len(waiting), sent=len(sent)))
        left = len(sending.unsent(at, minutes=options["minutes"]))
        if left:
            raise self.refusal(_("仍有 %(count)s 个付款文件未送出"), count=left)
