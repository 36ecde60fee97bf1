"""reconsider_payment NUMBER… --reason TEXT: what the bank refused is decided anew; keys fall."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.approvals import reconsider
from settlement.models import Settlement
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.decisions.approvals.reconsider."""

    help = "重新决定付款 / decide a failed payment anew"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; one that waits for its first key is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.VERIFIED.value).exists():
            return told(_("发票 %(number)s 早已待重新审批，无变化"), number=number)
        reconsider(settlement_id=pk, reason=case.options["reason"], actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 待重新审批"), number=number)
