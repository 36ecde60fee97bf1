"""Bulk and single key turns: check page, step-up by signature, run, report (whoever holds keys).

Refuses whoever holds none with 404; a list nobody signed turns nothing, and the same list again shows its
report.
"""

import uuid
from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError, Rejected
from custody.models import ItemOutcome, Key, OrganisationKind, PublicKey, Role, SigningItem, SigningList
from custody.queue import signing_lists
from custody.queue.keyed_subjects import kinds
from custody.queue.signing_lists import Answer, Wanted
from custody.web.handed import in_base64url
from custody.web.seen import has_seen
from custody.web.visits import page, visit_of

HOLDERS = (OrganisationKind.TRUSTEE, OrganisationKind.COMMITTEE)
AT_ONCE = 20  # more than these are turned in steps, each a request of its own


@require_POST
@page(*HOLDERS, roles=[Role.KEYHOLDER])
def open_acts(request: HttpRequest) -> HttpResponse:
    """POST ``item`` (FUND|KIND|NUMBER, any number of them) and ``list`` (a uuid): 303 to the check page."""
    visit = visit_of(request)
    try:
        list_id = uuid.UUID(request.POST.get("list", ""))
    except ValueError as error:
        raise BadRequest from error
    wanted = []
    for each in dict.fromkeys(request.POST.getlist("item")):
        code, kind, number = [*each.split("|", 2), "", ""][:3]
        wanted.append(Wanted(visit.fund(code), kind, number))
    made = signing_lists.open_list(list_id=list_id, wanted=wanted, actor=visit.person, at=visit.at)
    return redirect("act", list_id=made.pk)


@require_GET
@page(*HOLDERS, roles=[Role.KEYHOLDER])
def show_acts(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """The check page until the list is signed, its report afterwards."""
    visit = visit_of(request)
    row = signing_lists.own_list(list_id, visit.person)
    if row.signature_id is None:
        return _check_page(request, row)
    items = list(row.items.select_related("fund").order_by("pk"))
    said = [each for each in items if each.outcome]
    return render(
        request,
        "acts/report.html",
        {
            "row": row,
            "done": [each for each in said if each.outcome != ItemOutcome.REFUSED],
            "refused": [each for each in said if each.outcome == ItemOutcome.REFUSED],
            "left": len(items) - len(said),
            "total": _sum(each for each in said if each.outcome != ItemOutcome.REFUSED),
        },
    )


@require_POST
@page(*HOLDERS, roles=[Role.KEYHOLDER])
def sign_acts(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """POST the device's answer: the keys are turned, item by item; 303 to the report."""
    visit = visit_of(request)
    row = signing_lists.own_list(list_id, visit.person)
    if row.signature_id is None:
        if _unlooked(request, row):
            said = _("有提示的还没有都看过，请逐项看过并勾选，再签署")
            return _check_page(request, row, said, status=422)
        try:
            signing_lists.sign_list(list_id=list_id, answer=_answer(request), actor=visit.person, at=visit.at)
        except DomainError as refusal:
            return _check_page(request, row, refusal.title, status=422)
    signing_lists.run_list(list_id=list_id, actor=visit.person, at=visit.at, most=AT_ONCE)
    return redirect("act", list_id=list_id)


def _check_page(request: HttpRequest, row: SigningList, wrong: str = "", status: int = 200) -> HttpResponse:
    visit = visit_of(request)
    shown = signing_lists.declared_afresh(signing_list=row, actor=visit.person, at=visit.at)
    items = list(shown.items.select_related("fund").order_by("pk"))
    flagged = [(each, _was_seen(request, each), _page_of(each, row.key)) for each in items if each.look]
    by_fund: dict[str, list[SigningItem]] = {}
    for each in items:
        by_fund.setdefault(each.fund.code, []).append(each)
    return render(
        request,
        "acts/check.html",
        {
            "row": shown,
            "items": items,
            "flagged": flagged,
            "sums": [(code, len(group), _sum(group)) for code, group in by_fund.items()],
            "total": _sum(items),
            "keys": PublicKey.objects.filter(operator=visit.person, revocation__isnull=True).order_by("-pk"),
            "wrong": wrong,
            "rp_id": settings.PASSKEY_RP_ID,
        },
        status=status,
    )


def _unlooked(request: HttpRequest, row: SigningList) -> bool:
    """Whether something a person should look at was neither shown to them nor ticked by them."""
    ticked = set(request.POST.getlist("looked"))
    return any(
        not _was_seen(request, each) and str(each.pk) not in ticked for each in row.items.exclude(look="")
    )


def _was_seen(request: HttpRequest, item: SigningItem) -> bool:
    return has_seen(request, item.subject_kind, item.subject_id, item.content_sha256)


def _page_of(item: SigningItem, key: str) -> str:
    """The page that shows the item to whoever holds this key; empty where there is none."""
    name = kinds()[item.subject_kind].pages.get(Key(key))
    return reverse(name, args=[item.subject_id]) if name else ""


def _answer(request: HttpRequest) -> Answer:
    try:
        return Answer(
            int(request.POST.get("public_key", "")),
            in_base64url(request.POST.get("signature", "")),
            in_base64url(request.POST.get("authenticator_data", "")),
            in_base64url(request.POST.get("client_data", "")),
        )
    except ValueError as error:
        raise Rejected(
            _("没有收到设备的签名，什么也没有转动，请重新签署"), code="signature-missing"
        ) from error


def _sum(items: Iterable[SigningItem]) -> Decimal:
    return sum((each.amount for each in items if each.amount is not None), Decimal(0))
