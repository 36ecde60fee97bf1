"""What the trustee did in a year beside the journal: keys, stays, questions, changes. Reads only.

Refuses what came after the period's last day, or after the instant the books are seen as of: all of it is
append-only and dated, so a year that is over stays as it is told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.db.models import Count, Model, QuerySet
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds import units
from custody.deeds.terms import TITLES as TERM_TITLES
from custody.deeds.terms import Term
from custody.kernel.errors import Rejected
from custody.models import Approval, ApprovalWithdrawal, DeedTerm, Fund, FundParty, Key
from custody.queue.keyed_subjects import kinds
from reporting.models import Handout, StatementKind
from reporting.reading.budget_rows import budget_run_facts
from reporting.reading.gathering import fund_evidence
from reporting.reading.income_rows import income_facts
from reporting.reading.ledger_rows import Cut
from reporting.reading.placement_rows import placements
from reporting.reading.settlement_rows import paid_lines
from reporting.reading.stand_rows import position_facts
from reporting.statements.annual_facts import (
    ChangeFact,
    KeysTurned,
    MoveCount,
    QuestionFact,
    StayFact,
    YearFacts,
)
from reporting.statements.backing import PaidLine
from reporting.statements.facts import NOTHING
from reporting.statements.paper_words import cover_in
from settlement.models import Basis, Question, Settlement, SettlementMove, Stay
from settlement.states import TITLES as STATE_TITLES
from settlement.states import State

SUBJECT = "settlement"
M = TypeVar("M", bound=Model)


def year_facts(fund: Fund, cut: Cut) -> YearFacts:
    """All of it; one snapshot is the caller's to hold. Rejected: days of two calendar years."""
    if cut.from_on.year != cut.to_on.year:
        raise Rejected(
            _("年度受托报告只涉及一个公历年度，%(from_on)s 至 %(to_on)s 跨年"), code="period-of-two-years",
            from_on=cut.from_on, to_on=cut.to_on,
        )  # fmt: skip
    with translation.override(settings.LANGUAGE_CODE):  # a paper is Chinese whatever its reader's language
        position = position_facts(fund, cut)
        paid = paid_lines(cut, position.ledger)
        return YearFacts(
            position=position,
            budget=budget_run_facts(fund, cut),
            income=income_facts(fund, cut),
            pending=fund_evidence(cut, position.ledger)[1],
            paid=paid,
            base_paid=_sum(paid, lambda each: each.basis == str(Basis.BASE_REMUNERATION.label)),
            both_keys=_on_two_keys(cut, paid),
            moves=tuple(_moves(cut)),
            keys=tuple(_keys(cut)),
            stays=tuple(_stays(cut)),
            questions=tuple(_questions(cut)),
            placements=placements(cut),
            changes=tuple(sorted((*_terms(cut), *_parties(cut)), key=lambda each: (each.on, each.what))),
            issued=tuple(_issued(cut)),
        )


def _sum(paid: Sequence[PaidLine], chosen: Callable[[PaidLine], bool]) -> Decimal:
    return sum((each.amount for each in paid if chosen(each)), NOTHING)


def _within(rows: QuerySet[M], cut: Cut, at: str) -> QuerySet[M]:
    """Those that happened in the period, as known at the cut's instant."""
    rows = rows.filter(**{f"{at}__date__gte": cut.from_on, f"{at}__date__lte": cut.to_on})
    return rows if cut.known_at is None else rows.filter(**{f"{at}__lte": cut.known_at})


def _on_two_keys(cut: Cut, paid: Sequence[PaidLine]) -> Decimal:
    """Of the payments, those of invoices on which both keys stand."""
    numbers = {each.invoice for each in paid}
    invoices = Settlement.objects.filter(fund_id=cut.fund_id, number__in=numbers)
    numbered = dict(invoices.values_list("pk", "number"))
    keys = Approval.objects.filter(
        fund_id=cut.fund_id, subject_kind=SUBJECT, subject_id__in=numbered, withdrawal__isnull=True
    )
    turned: dict[str, set[str]] = {}
    for number, key in keys.values_list("subject_id", "key"):
        turned.setdefault(numbered[number], set()).add(key)
    both = {str(Key.APPROVE), str(Key.RELEASE)}
    return _sum(paid, lambda each: turned.get(each.invoice) == both)


def _moves(cut: Cut) -> Iterator[MoveCount]:
    moves = _within(SettlementMove.objects.filter(fund_id=cut.fund_id), cut, "moved_at")
    counts = dict(moves.values_list("target").annotate(n=Count("settlement", distinct=True)))
    for state in State:
        if counts.get(str(state)):
            yield MoveCount(str(STATE_TITLES[state]), counts[str(state)])


def _keys(cut: Cut) -> Iterator[KeysTurned]:
    by = ("subject_kind", "key", "organisation__name")
    turned = Counter(_within(Approval.objects.filter(fund_id=cut.fund_id), cut, "given_at").values_list(*by))
    taken = ApprovalWithdrawal.objects.filter(approval__fund_id=cut.fund_id)
    back = Counter(_within(taken, cut, "withdrawn_at").values_list(*(f"approval__{name}" for name in by)))
    known = kinds()
    for subject, key, organisation in sorted({*turned, *back}):
        title = str(known[subject].title) if subject in known else subject
        at = (subject, key, organisation)
        yield KeysTurned(title, str(Key(key).label), organisation, turned[at], back[at])


def _stays(cut: Cut) -> Iterator[StayFact]:
    people = units.owners_until(cut.fund_id, cut.to_on)
    rows = _within(Stay.objects.filter(fund_id=cut.fund_id), cut, "placed_at")
    for each in rows.select_related("settlement", "lifted").order_by("placed_at", "pk"):
        lifted = getattr(each, "lifted", None)
        yield StayFact(
            localdate(each.placed_at), each.settlement.number, cover_in(each.reason, people), each.until,
            _by_then(cut, lifted.lifted_at if lifted else None),
        )  # fmt: skip


def _questions(cut: Cut) -> Iterator[QuestionFact]:
    rows = _within(Question.objects.filter(fund_id=cut.fund_id), cut, "asked_at")
    for each in rows.select_related("settlement", "reply").order_by("asked_at", "pk"):
        reply = getattr(each, "reply", None)
        yield QuestionFact(
            localdate(each.asked_at), each.settlement.number, each.answer_by,
            _by_then(cut, reply.replied_at if reply else None),
        )  # fmt: skip


def _by_then(cut: Cut, at: datetime | None) -> date | None:
    """The day of something, if it had happened by the period's end and the cut's instant."""
    if at is None or localdate(at) > cut.to_on or (cut.known_at is not None and at > cut.known_at):
        return None
    return localdate(at)


def _terms(cut: Cut) -> Iterator[ChangeFact]:
    rows = DeedTerm.objects.filter(
        fund_id=cut.fund_id, effective_from__gte=cut.from_on, effective_from__lte=cut.to_on
    )
    for each in rows.select_related("resolution").order_by("effective_from", "pk"):
        title = TERM_TITLES[Term(each.term)] if each.term in set(Term) else each.term
        yield ChangeFact(each.effective_from, f"信托条款 {title}", each.value, each.resolution.reference)


def _parties(cut: Cut) -> Iterator[ChangeFact]:
    for each in FundParty.objects.filter(fund_id=cut.fund_id).select_related("organisation").order_by("pk"):
        who = f"{each.organisation.get_kind_display()} {each.organisation.name}"
        if cut.from_on <= each.valid_from <= cut.to_on:
            yield ChangeFact(each.valid_from, "当事人加入", who, "")
        if each.valid_until is not None and cut.from_on <= each.valid_until <= cut.to_on:
            yield ChangeFact(each.valid_until, "当事人退出", who, "")


def _issued(cut: Cut) -> Iterator[tuple[str, int]]:
    rows = _within(Handout.objects.filter(fund_id=cut.fund_id), cut, "at")
    counts = Counter(rows.values_list("kind", flat=True))
    for kind in StatementKind:
        if counts[kind.value]:
            yield str(kind.label), counts[kind.value]
