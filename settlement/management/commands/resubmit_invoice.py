"""resubmit_invoice NUMBER…: judges returned invoices again, as stated, on what is known now.

With ``--answer TEXT`` it says why an invoice alike is no duplicate. What still stands against one is told.
"""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.errors import Rejected
from custody.kernel.words import told
from settlement.invoices import submission
from settlement.models import Settlement
from settlement.queue.paying_subjects import settlement_numbered
from settlement.selectors import last_reasons
from settlement.states import State


class Command(EachCommand):
    """Edge of settlement.invoices.submission."""

    help = "重新申报已退回的发票 / judge returned invoices again"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``NUMBER…``, ``--answer TEXT``."""
        super().add_arguments(parser)
        parser.add_argument("--answer", metavar="TEXT", help="为何不是重复开票 / why it is no duplicate")

    def once(self, number: str, case: Case) -> str:
        """One verified before is unchanged; one that comes back again is a refusal with its reasons."""
        pk = settlement_numbered(case.fund.pk, number)
        if Settlement.objects.filter(pk=pk, state=State.VERIFIED.value).exists():
            return told(_("发票 %(number)s 早已核验，无变化"), number=number)
        answer = case.options["answer"]
        if answer is None:
            row = submission.resubmit(settlement_id=pk, actor=case.actor, at=case.at)
        else:
            row = submission.answer_duplicate(settlement_id=pk, answer=answer, actor=case.actor, at=case.at)
        if row.state == State.RETURNED:
            raise Rejected(_("再次退回：%(reasons)s"), code="returned-again", reasons=last_reasons(pk))
        return told(_("发票 %(number)s 核验通过"), number=number)
