"""The protector's questions, answered by the trust company or by the firm whose invoice is asked about.

Refuses anybody else, a question of a foreign fund and a firm another firm's, as what is not there.
"""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError
from custody.models import OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from settlement.decisions.questions import TEXT_MAX, answer_question
from settlement.models import Question

ASKED = (OrganisationKind.TRUSTEE, OrganisationKind.PROVIDER)
QUESTIONS_SHOWN = 20


@require_GET
@page(*ASKED)
def questions_waiting(request: HttpRequest) -> HttpResponse:
    """GET ``after``: questions nobody has answered, the oldest first."""
    return _questions_page(request)


@require_POST
@page(*ASKED)
def answer_one(request: HttpRequest, question_id: int) -> HttpResponse:
    """POST ``text``: answered once, 302 to what is left; 422 with why not."""
    visit = visit_of(request)
    row = _mine(visit).filter(pk=question_id).first()
    if row is None:
        raise Http404
    text = request.POST.get("text", "")
    try:
        with attempts.on_record(username=visit.person.username, fund=row.fund.code):
            answer_question(question_id=row.pk, text=text, actor=visit.person, at=visit.at)
    except DomainError as refusal:
        return _questions_page(request, question_id, text, refusal.title)
    messages.success(request, _("答复已送达监察人"))
    return redirect("questions")


def _mine(visit: Visit) -> QuerySet[Question]:
    """Questions of the visitor's funds; of a firm, those about its own invoices."""
    rows = Question.objects.filter(fund__in=[each.pk for each in visit.funds])
    if visit.kind == OrganisationKind.PROVIDER:
        rows = rows.filter(settlement__provider=visit.organisation)
    return rows.select_related("fund", "settlement", "asked_by").order_by("pk")


def _questions_page(request: HttpRequest, asked: int = 0, text: str = "", wrong: str = "") -> HttpResponse:
    visit = visit_of(request)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Http404
    rows = list(_mine(visit).filter(reply__isnull=True, pk__gt=int(after))[: QUESTIONS_SHOWN + 1])
    shown = {
        "rows": rows[:QUESTIONS_SHOWN],
        "after": rows[QUESTIONS_SHOWN - 1].pk if len(rows) > QUESTIONS_SHOWN else None,
        "late": [each.pk for each in rows if each.answer_by < visit.on],
        "may": visit.may(Act.ANSWER_QUESTION),
        "text_max": TEXT_MAX,
        "asked": asked,
        "text": text,
        "wrong": wrong,
        "closed": wrong if asked not in {each.pk for each in rows[:QUESTIONS_SHOWN]} else "",
    }
    return render(request, "questions/waiting.html", shown, status=422 if wrong else 200)
