"""人员与密钥: who sits where, whose public keys there are, what waits for signatures.

A page files proposals and revocations; nobody is seated and no key enrolled by it: that is signed, and the
vault's. Refuses (404) a key of people who have nothing to do with the visitor's funds.
"""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, Forbidden, NotFound, Rejected
from custody.kernel.words import told
from custody.keys import enrolment
from custody.models import Fund, FundParty, Method, Organisation, OrganisationKind, PublicKey, Role
from custody.permits.acts import Act
from custody.seats import register, seating
from custody.web.cursors import before_of
from custody.web.visits import Visit, page, visit_of


@require_GET
@page(OrganisationKind.TRUSTEE)
def people_page(request: HttpRequest) -> HttpResponse:
    """People, and proposals that wait for signatures."""
    return _people(request)


@require_GET
@page(OrganisationKind.TRUSTEE)
def keys_page(request: HttpRequest) -> HttpResponse:
    """Public keys, and those that are proposed."""
    return _keys(request)


@require_POST
@page(OrganisationKind.TRUSTEE)
def propose_person(request: HttpRequest) -> HttpResponse:
    """POST ``fund``, ``kind`` of party, ``username``, ``name``, ``role``, ``from``: proposed for two keys."""
    visit = visit_of(request)
    fund = visit.fund(request.POST.get("fund", ""))
    try:
        row = seating.propose_seat(
            fund=fund,
            organisation=_party(fund, request.POST.get("kind", ""), visit.on),
            username=request.POST.get("username", ""),
            full_name=request.POST.get("name", ""),
            role=_role(request.POST.get("role", "")),
            from_on=_day(request.POST.get("from", "")) or visit.on,
            actor=visit.person,
            at=visit.at,
        )
    except Forbidden:
        raise
    except DomainError as refusal:
        return _people(request, refusal)
    messages.success(request, told(_("人员登记编号 %(number)s 已提交，待两把密码"), number=row.pk))
    return redirect("people")


@require_POST
@page(OrganisationKind.TRUSTEE)
def revoke_key(request: HttpRequest, number: int) -> HttpResponse:
    """POST ``reason``: the key signs nothing any more, at once."""
    visit = visit_of(request)
    if not _key_in_sight(visit, number):
        raise Http404
    try:
        enrolment.revoke(
            public_key_id=number, actor=visit.person, reason=request.POST.get("reason", ""), at=visit.at
        )
    except Forbidden:
        raise
    except DomainError as refusal:
        return _keys(request, refusal)
    messages.success(request, _("密钥已注销，未提交银行的签署随之失效"))
    return redirect("people_keys")


@require_POST
@page(OrganisationKind.TRUSTEE)
def propose_device_of(request: HttpRequest) -> HttpResponse:
    """POST ``username`` and ``point``, 130 hexadecimal digits: that person's device key, for two to sign."""
    visit = visit_of(request)
    try:
        row = enrolment.propose_key(
            operator=register.person_called(visit.funds, request.POST.get("username", "").strip()),
            method=Method.DEVICE,
            point=_point(request.POST.get("point", "")),
            actor=visit.person,
            at=visit.at,
        )
    except DomainError as refusal:
        return _keys(request, refusal)
    said = _("登记编号 %(number)s 已提交，等两位有权的人签署后生效")
    messages.success(request, told(said, number=row.pk))
    return redirect("people_keys")


def _people(request: HttpRequest, refusal: DomainError | None = None) -> HttpResponse:
    visit = visit_of(request)
    rows = register.seats_of(visit.funds, before_of(request))
    shown = rows[: register.PEOPLE_A_PAGE]
    context = {
        "rows": shown,
        "before": shown[-1].number if len(rows) > register.PEOPLE_A_PAGE else None,
        "waiting": register.seats_to_sign(visit.funds),
        "may": visit.may(Act.ENROL_PERSON),
        "holds_key": visit.may(Act.TURN_SECOND_KEY),
        "kinds": OrganisationKind.choices,
        "roles": Role.choices,
        "said": request.POST,
        "wrong": refusal.title if refusal else "",
        "field": refusal.facts.get("field", "") if refusal else "",
    }
    return render(request, "desk/people.html", context, status=422 if refusal else 200)


def _keys(request: HttpRequest, refusal: DomainError | None = None) -> HttpResponse:
    visit = visit_of(request)
    rows = register.keys_of(visit.funds, before_of(request))
    shown = rows[: register.PEOPLE_A_PAGE]
    context = {
        "rows": shown,
        "before": shown[-1].number if len(rows) > register.PEOPLE_A_PAGE else None,
        "waiting": register.keys_to_sign(visit.funds),
        "may": visit.may(Act.REVOKE_KEY),
        "may_propose": visit.may(Act.ENROL_KEY),
        "holds_key": visit.may(Act.TURN_SECOND_KEY),
        "said": request.POST,
        "wrong": refusal.title if refusal else "",
        "field": refusal.facts.get("field", "") if refusal else "",
    }
    return render(request, "desk/people_keys.html", context, status=422 if refusal else 200)


def _key_in_sight(visit: Visit, number: int) -> bool:
    parties = FundParty.objects.filter(fund__in=visit.funds).values("organisation")
    return number < 2**62 and PublicKey.objects.filter(pk=number, organisation__in=parties).exists()


def _party(fund: Fund, kind: str, on: date) -> Organisation:
    """The only party of this kind that day. NotFound."""
    parties = FundParty.objects.filter(fund=fund, organisation__kind=kind, valid_from__lte=on)
    current = parties.exclude(valid_until__lte=on).select_related("organisation")
    found = [each.organisation for each in current]
    if len(found) != 1:
        label = OrganisationKind(kind).label if kind in OrganisationKind.values else kind
        raise NotFound(
            _("%(on)s 本信托的%(kind)s不是恰好一家"), on=on, kind=label, fund=fund.code, field="kind"
        )
    return found[0]


def _point(said: str) -> bytes:
    try:
        return bytes.fromhex(said.strip())
    except ValueError as error:
        raise Rejected(
            _("公钥应为 130 位十六进制，以 04 开头"), code="not-a-public-key", field="point"
        ) from error


def _role(said: str) -> Role:
    if said not in Role.values:
        raise Rejected(_("请选角色"), code="role-missing", field="role")
    return Role(said)


def _day(said: str) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise Rejected(
            _("日期「%(said)s」应写成 2025-07-01"), code="day-unreadable", said=said, field="from"
        ) from error
