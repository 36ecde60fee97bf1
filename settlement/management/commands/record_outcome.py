"""record_outcome NUMBER…: nobody knows whether the bank paid. The money stays held."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.models import Settlement
from settlement.payments import answers
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.payments.answers; that the bank refused is ``report_failed``."""

    help = "登记付款结果未知（银行没有明确答复） / say that nobody knows whether the bank paid"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; a payment already lost sight of is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.UNKNOWN.value).exists():
            return told(_("发票 %(number)s 早已登记为结果未知，无变化"), number=number)
        answers.mark_unknown(settlement_id=pk, reason=case.options["reason"], actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 已登记为结果未知，款项继续占用"), number=number)
