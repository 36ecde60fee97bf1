"""cancel_invoice NUMBER… --reason TEXT: calls invoices off before approval, or once the bank refused."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.approvals import cancel
from settlement.models import Settlement
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.decisions.approvals.cancel."""

    help = "作废发票 / call invoices off"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; one called off before is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.CANCELLED.value).exists():
            return told(_("发票 %(number)s 早已撤销，无变化"), number=number)
        cancel(settlement_id=pk, reason=case.options["reason"], actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 已撤销"), number=number)
