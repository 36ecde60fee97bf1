"""retry_payment NUMBER…: what the bank finally refused is ready to be paid again, under a new identifier."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.models import OrderOutcome, Settlement
from settlement.payments import answers
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.payments.answers."""

    help = "重付：付款失败的发票可再次下达指令 / make a failed payment ready again"
    rehearses = True

    def once(self, number: str, case: Case) -> str:
        """Once; one already ready again is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        failed = Settlement.objects.filter(pk=pk, orders__outcome=OrderOutcome.FAILED)
        if failed.filter(state=State.RELEASED.value).exists():
            return told(_("发票 %(number)s 早已可以重付，无变化"), number=number)
        answers.retry(settlement_id=pk, actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 可以重付"), number=number)
