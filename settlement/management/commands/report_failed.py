"""report_failed NUMBER… --evidence TEXT: the bank refused for good, as one person says. Moves nothing alone.

The number it tells is what a second person gives to ``confirm_failed``.
"""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.payments import answers
from settlement.queue.paying_subjects import settlement_numbered


class Command(EachCommand):
    """Edge of settlement.payments.answers."""

    help = "报告银行拒付，待第二人确认 / report that the bank refused"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``NUMBER… --evidence TEXT``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--evidence", required=True, metavar="TEXT", help="银行的回执或报文 / what the bank said"
        )

    def once(self, number: str, case: Case) -> str:
        """The same said again is the report already there."""
        told_of = answers.report_failed(
            settlement_id=settlement_numbered(case.fund.pk, number),
            evidence=case.options["evidence"],
            actor=case.actor,
            at=case.at,
        )
        return told(
            _("发票 %(number)s 拒付报告编号 %(refusal)s，待另一持钥人确认"), number=number, refusal=told_of.pk
        )
