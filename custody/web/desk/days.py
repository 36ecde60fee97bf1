"""日终核对: each day over all trusts, and a day with a row a trust, failing first; prepared, and signed.

Refuses a day before any trust began or after today (404). One of the trust company's people prepares a day's
sheets, another puts them on a signing list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, Forbidden
from custody.kernel.words import told
from custody.models import Estate, Fund, OrganisationKind
from custody.permits.acts import Act
from custody.proofs.day_proofs import DayOfAll, DayProof, days_back, proofs_on
from custody.proofs.day_signing import SheetOfDay, day_sheets, prepare_day, unproven_because
from custody.web.visits import Visit, page, visit_of

DAYS_SHOWN = 31
PROOFS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class DayOfFund:
    """A trust on a day as its row shows it; ``sheet`` None while nobody prepared the day."""

    proof: DayProof
    estate: Estate
    sheet: SheetOfDay | None

    @property
    def why(self) -> str:
        """What has to end before the day can be signed; empty for nothing."""
        return unproven_because(self.proof)

    @property
    def signed(self) -> bool:
        """Whether somebody's key stands on the day."""
        return self.sheet is not None and self.sheet.signed_by is not None


@dataclass(frozen=True, slots=True)
class DaySigned:
    """A day over all trusts, and how many of them are signed."""

    day: DayOfAll
    signed: int


@require_GET
@page(OrganisationKind.TRUSTEE)
def days_list(request: HttpRequest) -> HttpResponse:
    """The last days, ``?before=`` a day for those before it."""
    visit = visit_of(request)
    last = _day(request.GET.get("before", "")) or visit.on
    first = min((each.opened_on for each in visit.funds), default=visit.on)
    last = min(last, visit.on)
    count = min(DAYS_SHOWN, (last - first).days + 1)
    rows = days_back(visit.funds, last, count) if count > 0 else []
    more = rows[-1].on if rows and rows[-1].on > first else None
    signed: Counter[date] = Counter()
    if rows:
        sheets = day_sheets(visit.funds, rows[-1].on, rows[0].on)
        signed.update(each.day for each in sheets if each.signed_by is not None)
    shown = [DaySigned(each, signed[each.on]) for each in rows]
    return render(request, "desk/days.html", {"rows": shown, "before": more})


@require_GET
@page(OrganisationKind.TRUSTEE)
def day_page(request: HttpRequest, on: str) -> HttpResponse:
    """One day: a row a trust; what may be prepared, and what may be signed."""
    return _day_shown(request, on)


@require_POST
@page(OrganisationKind.TRUSTEE)
def day_prepare(request: HttpRequest, on: str) -> HttpResponse:
    """POST ``fund``, any number of codes: each one's sheet of the day, a transaction of its own."""
    visit = visit_of(request)
    day, _begun = _asked_day(visit, on)
    made, refused = 0, []
    for code in dict.fromkeys(request.POST.getlist("fund")):
        fund = visit.fund(code)
        try:
            prepare_day(fund=fund, day=day, actor=visit.person, at=visit.at)
            made += 1
        except Forbidden:
            raise
        except DomainError as refusal:
            refused.append(f"{code}：{refusal.title}")
    if refused or not made:
        return _day_shown(request, on, refused or [_("请选要准备的信托")])
    said = ngettext(
        "已准备%(count)s个信托的日终，待另一人签署", "已准备%(count)s个信托的日终，待另一人签署", made
    )
    messages.success(request, told(said, count=made))
    return redirect("day", on=on)


def _day_shown(request: HttpRequest, on: str, wrong: Sequence[str] = ()) -> HttpResponse:
    visit = visit_of(request)
    day, begun = _asked_day(visit, on)
    proofs = proofs_on(begun, day)
    start = _number(request.GET.get("from", ""))
    shown = proofs[start : start + PROOFS_A_PAGE]
    estates = Estate.objects.in_bulk([each.fund.estate_id for each in shown])
    sheets = {each.fund_id: each for each in day_sheets([each.fund for each in shown], day, day)}
    rows = [DayOfFund(each, estates[each.fund.estate_id], sheets.get(each.fund.pk)) for each in shown]
    return render(
        request,
        "desk/day.html",
        {
            "on": day,
            "rows": rows,
            "proven": sum(each.proven for each in proofs),
            "failing": sum(each.failing for each in proofs),
            "count": len(proofs),
            "signed": sum(each.signed for each in rows),
            "following": start + PROOFS_A_PAGE if len(proofs) > start + PROOFS_A_PAGE else None,
            "to_prepare": _to_prepare(visit, rows),
            "to_sign": _to_sign(visit, rows),
            "wrong": wrong,
        },
        status=422 if wrong else 200,
    )


def _to_prepare(visit: Visit, rows: Sequence[DayOfFund]) -> list[DayOfFund]:
    """Those the visitor may write a sheet of."""
    if not visit.may(Act.PREPARE_DAY):
        return []
    return [each for each in rows if not each.why and each.sheet is None]


def _to_sign(visit: Visit, rows: Sequence[DayOfFund]) -> list[DayOfFund]:
    """Those the visitor may sign: prepared by somebody else."""
    if not visit.may(Act.TURN_SECOND_KEY):
        return []
    return [
        each
        for each in rows
        if each.sheet is not None and not each.signed and each.sheet.maker_id != visit.person.pk
    ]


def _asked_day(visit: Visit, said: str) -> tuple[date, list[Fund]]:
    """The day asked for, and the trusts that had begun by it. Http404."""
    day = _day(said)
    begun = [each for each in visit.funds if day is not None and each.opened_on <= day]
    if day is None or day > visit.on or not begun:
        raise Http404
    return day, begun


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if len(said) == len("2025-07-01") else None
    except ValueError:
        return None


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0
