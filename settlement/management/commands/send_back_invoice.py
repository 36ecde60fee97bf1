"""send_back_invoice NUMBER… --reason TEXT: returns verified invoices to the firm, before any key."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.invoices.submission import send_back
from settlement.models import Settlement
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.invoices.submission.send_back."""

    help = "退回发票 / return invoices to the firm"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; one returned before is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.RETURNED.value).exists():
            return told(_("发票 %(number)s 早已退回，无变化"), number=number)
        send_back(settlement_id=pk, reason=case.options["reason"], actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 已退回"), number=number)
