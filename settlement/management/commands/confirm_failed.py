"""confirm_failed NUMBER…: a second person's key on a report that the bank refused; the payment has failed."""

from django.utils.translation import gettext as _

from custody.console.each import Case
from custody.console.signing import SigningCommand
from custody.kernel.words import told
from custody.models import Key
from custody.queue.keyed_subjects import Hand, stands_already
from settlement.decisions.subjects import REFUSAL
from settlement.payments import answers
from settlement.queue.paying_subjects import refusal_numbered


class Command(SigningCommand):
    """Edge of settlement.payments.answers; ``turn_key refusal`` does the same and shows more."""

    help = "确认银行拒付 / confirm that the bank refused"
    numbers_help = "拒付报告的编号 / numbers of reports"

    def once(self, number: str, case: Case) -> str:
        """Once; a report confirmed before is told as unchanged."""
        pk = refusal_numbered(case.fund.pk, number)
        if stands_already(REFUSAL, Hand(pk, Key.RELEASE, case.actor, case.at)):
            return told(_("拒付报告 %(refusal)s 早已确认，无变化"), refusal=number)
        self.sign(case, Key.RELEASE, REFUSAL, pk)
        done = answers.confirm_failed(refusal_id=pk, actor=case.actor, at=case.at)
        return told(
            _("拒付报告 %(refusal)s 已确认，发票 %(number)s 付款失败"), refusal=number, number=done.number
        )
