"""公布 at the desk: what is due and by when, published with one press; what is held back, and by which keys.

Refuses anybody but the trust company's people. Pressing twice publishes once: same content, one edition.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from custody.kernel.errors import DomainError, Forbidden, Rejected
from custody.models import Fund, OrganisationKind
from custody.permits.acts import Act
from custody.web.visits import Visit, page, visit_of
from reporting.disclosure.due import Due, dues_of
from reporting.disclosure.publishing import publish_board, publish_month
from reporting.disclosure.telling_editions import edition_told
from reporting.disclosure.withheld import propose_withholding, withholdings_of
from reporting.models import Publication, PublicationKind, Withheld
from reporting.statements.named_periods import Period, period_named

PUBLISHED_SHOWN = 30
FUNDS_SHOWN = 20


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.TRUSTEE)
def publishing_desk(request: HttpRequest) -> HttpResponse:
    """What is due. POST ``act`` publish: ``fund``, ``kind``, ``period``; withhold: ``number``, ``reason``."""
    visit = visit_of(request)
    if request.method == "GET":
        return _listed(request, visit)
    fund = visit.fund(request.POST.get("fund", ""))
    try:
        said = _DONE[request.POST.get("act", "")](visit, fund, request.POST)
    except Forbidden:
        raise
    except KeyError:
        return _listed(request, visit, _("请选一件要办的事"), status=422)
    except DomainError as refusal:
        return _listed(request, visit, refusal.title, status=422)
    messages.success(request, said)
    return redirect("publishing")


def _publish(visit: Visit, fund: Fund, said: Mapping[str, Any]) -> str:
    try:
        period = period_named(said.get("period", ""))
    except ValueError:
        raise Rejected(_("没有这个期间"), code="no-such-period") from None
    on, who = period.to_on, {"fund": fund, "actor": visit.person, "at": visit.at}
    if said.get("kind") == PublicationKind.BOARD:
        edition = publish_board(quarter=on, **who)  # type: ignore[arg-type]
    else:
        edition = publish_month(month=on, **who)  # type: ignore[arg-type]
    return "\n".join(edition_told(edition))


def _withhold(visit: Visit, fund: Fund, said: Mapping[str, Any]) -> str:
    number = said.get("number", "").strip().lower()
    what = Withheld.ENTRY if number.isdigit() and len(number) < len("0" * 11) else Withheld.DOCUMENT
    row = propose_withholding(
        fund=fund, what=what, number=number, reason=said.get("reason", ""), actor=visit.person, at=visit.at
    )
    return _("不公布提议编号 %(number)s，待两把密码") % {"number": row.pk}


_DONE: dict[str, Callable[[Visit, Fund, Mapping[str, Any]], str]] = {
    "publish": _publish,
    "withhold": _withhold,
}


def _listed(request: HttpRequest, visit: Visit, wrong: str = "", status: int = 200) -> HttpResponse:
    chosen = [fund for fund in visit.funds if fund.code == request.GET.get("fund")] or list(visit.funds)
    funds = chosen[:FUNDS_SHOWN]
    dues = dues_of(funds, visit.on)
    waiting = sorted((due for due in dues if due.open), key=lambda due: (due.due_on, due.fund.code))
    rows = Publication.objects.filter(fund__in=[fund.pk for fund in funds]).defer("says", "changed")
    shown = rows.select_related("fund__estate", "published_by").order_by("-pk")[:PUBLISHED_SHOWN]
    facts = {
        "waiting": [(due, _slug(due)) for due in waiting],
        "late": sum(due.overdue for due in waiting),
        "published": [(row, Period(row.from_on, row.to_on)) for row in shown],
        "withheld": withholdings_of([fund.pk for fund in funds]),
        "funds": funds,
        "unshown": max(0, len(chosen) - FUNDS_SHOWN),
        "may": visit.may(Act.PUBLISH_ACCOUNTS),
        "may_withhold": visit.may(Act.WITHHOLD),
        "wrong": wrong,
    }
    return render(request, "desk/publishing.html", facts, status=status)


def _slug(due: Due) -> str:
    """A month or a quarter as forms carry it, whole even where the trust began within it."""
    last = due.period.to_on
    return f"{last:%Y-%m}" if due.kind == PublicationKind.MONTH else f"{last.year}Q{(last.month + 2) // 3}"
