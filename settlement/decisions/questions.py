"""The protector asks about a payment (质询), and the trust company or the firm answers within days.

Refuses whoever may not ask or answer, an empty text, and a second answer. The same question or answer again
changes nothing.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.models import Question, Reply
from settlement.moves import locked

TEXT_MAX = 500


@transaction.atomic
def ask_question(*, settlement_id: int, text: str, actor: Operator, at: datetime) -> Question:
    """Ask; the database says by when it is to be answered. Errors: Forbidden, Rejected (empty, too long)."""
    settlement = locked(settlement_id)
    ask(Act.ASK_QUESTION, fund_id=settlement.fund_id, actor=actor, on=localdate(at))
    said = _said(text)
    same = Question.objects.filter(settlement=settlement, text=said, reply__isnull=True).first()
    if same is not None:
        return same
    asked = Question.objects.create(
        fund_id=settlement.fund_id,
        settlement=settlement,
        text=said,
        answer_by=localdate(at),  # settlement_question_guard counts the days
        asked_by=actor,
        asked_at=at,
    )
    return Question.objects.get(pk=asked.pk)


@transaction.atomic
def answer_question(*, question_id: int, text: str, actor: Operator, at: datetime) -> Reply:
    """Answer once. Errors: NotFound, Forbidden, Rejected (empty, too long), Conflict (answered otherwise)."""
    question = Question.objects.select_related("settlement").filter(pk=question_id).first()
    if question is None:
        raise NotFound(_("没有编号为 %(question)s 的质询"), question=question_id)
    locked(question.settlement_id)
    ask(Act.ANSWER_QUESTION, fund_id=question.fund_id, actor=actor, on=localdate(at))
    said = _said(text)
    known = Reply.objects.filter(question=question).first()
    if known is not None and known.text != said:
        raise Conflict(_("质询 %(question)s 已有答复"), code="answered", question=question_id)
    return known or Reply.objects.create(question=question, text=said, replied_by=actor, replied_at=at)


def open_questions(fund_id: int) -> QuerySet[Question]:
    """Questions of the fund that nobody has answered, oldest first."""
    waiting = Question.objects.filter(fund_id=fund_id, reply__isnull=True)
    return waiting.select_related("settlement", "asked_by").order_by("pk")


def _said(text: str) -> str:
    said = text.strip()
    if not 0 < len(said) <= TEXT_MAX:
        raise Rejected(
            _("请写 1 至 %(most)s 个字，现有 %(count)s 个"),
            code="text-empty-or-long",
            most=TEXT_MAX,
            count=len(said),
        )
    return said
