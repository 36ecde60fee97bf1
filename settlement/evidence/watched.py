"""What the protector did about invoices: the stay that has one wait, and questions with their answers.

Read beside the invoices, in the same query. Refuses nothing and writes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf

from settlement.models import Question, Settlement, Stay


@dataclass(frozen=True, slots=True)
class ProtectorWord:
    """What the protector said of an invoice, good through ``until``, and what ended or answered it.

    Of a stay, ``end`` is why it was lifted; of a question, its answer. ``ended_at`` None while neither came.
    """

    pk: int
    text: str
    until: date
    at: datetime
    who: str
    end: str
    ended_at: datetime | None
    ended_by: str

    def overdue(self, on: date) -> bool:
        """Whether it should have been answered before this day."""
        return self.ended_at is None and self.until < on


@dataclass(frozen=True, slots=True)
class Watched:
    """Of one invoice on day ``on``: its one stay, whether it stands or is over, and its questions."""

    on: date
    stay: ProtectorWord | None = None
    questions: tuple[ProtectorWord, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the invoice waits by the protector's word."""
        return self.stay is not None and self.stay.ended_at is None and self.stay.until >= self.on

    @property
    def waiting(self) -> list[ProtectorWord]:
        """Questions nobody has answered."""
        return [each for each in self.questions if each.ended_at is None]

    @property
    def late(self) -> list[ProtectorWord]:
        """Of those, the ones whose day has passed."""
        return [each for each in self.waiting if each.overdue(self.on)]


def with_the_protectors_word() -> dict[str, ArraySubquery]:
    """``stays_said`` and ``questions_said``, to annotate settlements with; ``watched_beside`` reads them."""
    stays = Stay.objects.filter(settlement=OuterRef("pk")).values(
        said=_said("placed", text="reason", until="until", end="lifted__reason", ended="lifted__lifted")
    )
    asked = Question.objects.filter(settlement=OuterRef("pk")).order_by("pk")
    questions = asked.values(
        said=_said("asked", text="text", until="answer_by", end="reply__text", ended="reply__replied")
    )
    return {"stays_said": ArraySubquery(stays), "questions_said": ArraySubquery(questions)}


def watched_beside(row: Any, on: date) -> Watched:
    """What was said of a settlement that carries ``with_the_protectors_word``, as of a day."""
    stays = [_read(each) for each in row.stays_said]
    return Watched(on, stays[0] if stays else None, tuple(_read(each) for each in row.questions_said))


def watched_among(settlement_ids: Collection[int], on: date) -> dict[int, Watched]:
    """What was said of each of these invoices; one without a word is in it too."""
    rows = Settlement.objects.filter(pk__in=list(settlement_ids)).annotate(**with_the_protectors_word())
    return {each.pk: watched_beside(each, on) for each in rows}


def _said(began: str, *, text: str, until: str, end: str, ended: str) -> JSONObject:
    return JSONObject(
        pk="pk", text=text, until=until, at=f"{began}_at", who=_name(f"{began}_by"),
        end=Coalesce(F(end), Value("")), ended_at=f"{ended}_at",
        ended_by=Coalesce(_name(f"{ended}_by"), Value("")),
    )  # fmt: skip


def _name(person: str) -> Coalesce:
    return Coalesce(NullIf(F(f"{person}__full_name"), Value("")), F(f"{person}__username"))


def _read(said: dict[str, Any]) -> ProtectorWord:
    ended = said["ended_at"]
    return ProtectorWord(
        **said
        | {
            "until": date.fromisoformat(said["until"]),
            "at": datetime.fromisoformat(said["at"]),
            "ended_at": datetime.fromisoformat(ended) if ended else None,
        }
    )
