"""ask_question NUMBER… --text TEXT: the protector asks about payments; the answer is due within days."""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from settlement.decisions.questions import ask_question
from settlement.queue.paying_subjects import settlement_numbered


class Command(EachCommand):
    """Edge of settlement.decisions.questions.ask_question."""

    help = "监察人质询 / the protector asks"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--text TEXT`` beside what every such command takes."""
        super().add_arguments(parser)
        parser.add_argument("--text", required=True, metavar="TEXT", help="质询的内容 / what is asked")

    def once(self, number: str, case: Case) -> str:
        """Tells the question's number, by which it is answered."""
        asked = ask_question(
            settlement_id=settlement_numbered(case.fund.pk, number),
            text=case.options["text"],
            actor=case.actor,
            at=case.at,
        )
        return told(_("质询编号 %(question)s，请在 %(on)s 前答复"), question=asked.pk, on=asked.answer_by)
