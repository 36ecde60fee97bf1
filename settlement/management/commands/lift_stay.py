"""lift_stay NUMBER… --reason TEXT: the protector lets payments go on before their day."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.stays import lift_stay
from settlement.queue.paying_subjects import settlement_numbered


class Command(EachCommand):
    """Edge of settlement.decisions.stays.lift_stay."""

    help = "监察人解除暂缓 / the protector lets payments go on"
    rehearses = True
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Once; lifted before is told the same."""
        lift_stay(
            settlement_id=settlement_numbered(case.fund.pk, number),
            reason=case.options["reason"],
            actor=case.actor,
            at=case.at,
        )
        return told(_("发票 %(number)s 的暂缓已解除"), number=number)
