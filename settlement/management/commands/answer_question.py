"""answer_question QUESTION… --text TEXT: the trust company or the firm answers the protector."""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from settlement.decisions.questions import answer_question
from settlement.models import Question


class Command(EachCommand):
    """Edge of settlement.decisions.questions.answer_question."""

    help = "答复监察人的质询 / answer the protector"
    rehearses = True
    numbers_help = "质询编号 / question numbers"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--text TEXT`` beside what every such command takes."""
        super().add_arguments(parser)
        parser.add_argument("--text", required=True, metavar="TEXT", help="答复的内容 / the answer")

    def once(self, number: str, case: Case) -> str:
        """Once; the same answer again is told the same."""
        plain = number.isascii() and number.isdigit() and len(number) < 19
        row = Question.objects.filter(fund=case.fund, pk=int(number) if plain else 0).first()
        if row is None:
            raise NotFound(_("没有编号为 %(question)s 的质询"), question=number)
        answer_question(question_id=row.pk, text=case.options["text"], actor=case.actor, at=case.at)
        return told(_("质询 %(question)s 已答复"), question=number)
