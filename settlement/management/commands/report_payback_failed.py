"""report_payback_failed NUMBER… --evidence TEXT: the bank refused a payback for good, as one person says.

Moves nothing alone: a second person confirms with ``turn_key payback``.
"""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.payments.paying_back import report_payback_failed
from settlement.queue.payback_subject import payback_numbered


class Command(EachCommand):
    """Edge of settlement.payments.paying_back."""

    help = "报告银行拒付退还，待第二人确认 / report that the bank refused a payback"
    rehearses = True
    numbers_help = "退还编号 / numbers of paybacks"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``NUMBER… --evidence TEXT``."""
        super().add_arguments(parser)
        parser.add_argument("--evidence", required=True, metavar="TEXT", help="银行的回执或报文")

    def once(self, number: str, case: Case) -> str:
        """The same said again is the report already there."""
        row = report_payback_failed(
            payback_id=payback_numbered(case.fund.pk, number),
            evidence=case.options["evidence"],
            actor=case.actor,
            at=case.at,
        )
        return told(_("退还 %(number)s 已报告银行拒付，待另一持钥人确认"), number=row.pk)
