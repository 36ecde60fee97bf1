"""reject_invoice NUMBER… --reason TEXT: a keyholder refuses an invoice for good; held money is freed."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.approvals import reject
from settlement.models import Settlement
from settlement.queue.paying_subjects import settlement_numbered
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.decisions.approvals.reject."""

    help = "拒付发票 / refuse invoices for good"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; one refused before is told as unchanged."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.REJECTED.value).exists():
            return told(_("发票 %(number)s 早已否决，无变化"), number=number)
        reject(settlement_id=pk, reason=case.options["reason"], actor=case.actor, at=case.at)
        return told(_("发票 %(number)s 已否决"), number=number)
