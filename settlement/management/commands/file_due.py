"""file_due: at a cut-off of a working day, files what was released before it, fund by fund.

Run it every few minutes: at any other hour it changes nothing. One fund's refusal holds up no other; the exit
is then 2.
"""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from custody.console.commands import HouseCommand
from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.models import Fund, Operator
from custody.permits import attempts
from settlement.payments.cut_offs import MadeUp, cut_off_reached, make_up_files, next_cut_off


class Command(HouseCommand):
    """Edge of settlement.payments.cut_offs."""

    help = "到截止时点合成付款文件 / make up the payment files of a cut-off"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--actor USERNAME``: the machine that files; ``--fund CODE`` for one fund alone."""
        self.add_actor(parser)
        self.add_fund(parser, required=False)

    def run(self, options: dict[str, Any]) -> None:
        """Tell each file, and what stayed behind."""
        at, actor = self.now(), self.actor_named(options["actor"])
        cut_off = cut_off_reached(at)
        if not settings.WORK_CALENDAR.knows(localdate(at)):
            self.stderr.write(told(_("假日表里没有 %(year)s 年，只认周末"), year=localdate(at).year))
        if cut_off is None:
            said = _("还没有到截止时点，下一批 %(at)s，无变化 / not yet")
            self.stdout.write(told(said, at=localtime(next_cut_off(at)).replace(tzinfo=None)))
            return
        made = [self._made_up(fund, cut_off, actor, at) for fund in self.funds_asked(options["fund"])]
        said = _("截止时点 %(at)s：付款文件 %(count)s 个")
        files, left = (sum(each) for each in zip((0, 0), *made, strict=True))
        self.stdout.write(told(said, at=localtime(cut_off).replace(tzinfo=None), count=files))
        if left:
            raise self.refusal(_("%(count)s 项未下达 / left"), count=left)

    def _made_up(self, fund: Fund, cut_off: datetime, actor: Operator, at: datetime) -> tuple[int, int]:
        """How many files were made of a fund, and how many things stayed behind."""
        try:
            with attempts.on_record(username=actor.username, fund=fund.code):
                made = make_up_files(fund=fund, cut_off=cut_off, actor=actor, at=at)
        except DomainError as refusal:
            made = MadeUp((), (refusal.title,))
        for batch in made.batches:
            said = _("付款指令 %(batch)s：%(count)s 笔，%(total)s 元，付款日 %(on)s")
            facts = {"batch": batch.message_id, "count": batch.order_count, "on": batch.execute_on}
            self.stdout.write(told(said, total=batch.total, **facts))
        for reason in made.left:
            self.stderr.write(told(_("%(fund)s 未下达：%(reason)s"), fund=fund.code, reason=reason))
        return len(made.batches), len(made.left)
