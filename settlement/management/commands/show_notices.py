"""show_notices: what people were told lately, and what did not leave and why. Never writes."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from rich.table import Table

from custody.console.commands import HouseCommand
from custody.console.screen import show_table
from custody.kernel.words import told
from settlement.models import Notice, NoticeKind
from settlement.notices.delivering import Delivery, standing_of

DAYS = 7


class Command(HouseCommand):
    """Edge of settlement.notices; exit 0 whether or not anything is wrong."""

    help = "列出近日的通知和没有发出的原因 / show what people were told"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--actor USERNAME`` for one person alone, ``--failed``, ``--days N``."""
        self.add_actor(parser, required=False)
        parser.add_argument("--failed", action="store_true", help="只列没有发出的 / those that did not leave")
        parser.add_argument("--days", type=int, default=DAYS, metavar="N", help="近几天 / of the last days")

    def run(self, options: dict[str, Any]) -> None:
        """One row a letter, and the count."""
        at = self.now()
        rows = Notice.objects.filter(told_on__gt=localdate(at) - timedelta(days=options["days"]))
        if options["actor"]:
            rows = rows.filter(operator=self.actor_named(options["actor"]))
        table = Table(_("日期"), _("收信人"), _("通知"), _("标题"), _("结果"), _("原因"))
        shown = 0
        for each in rows.select_related("operator", "membership").order_by("pk"):
            stands = standing_of(each, at)
            if options["failed"] and stands is Delivery.SENT:
                continue
            last = each.attempts.filter(accepted=False).order_by("-pk").first()
            why = last.said if last and stands is Delivery.FAILED else ""
            kind = str(NoticeKind(each.kind).label)
            table.add_row(
                str(each.told_on), each.operator.username, kind, each.subject, str(stands.label), why
            )
            shown += 1
        if shown:
            show_table(self.screen, table)
        self.stdout.write(told(_("共 %(count)s 封 / letters"), count=shown))
