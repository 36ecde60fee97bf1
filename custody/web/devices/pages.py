"""A person's own account: their public keys, a new one proposed, a lost one revoked at once.

Refuses to take a private key: what a browser makes it keeps, and hands over the public half alone.
"""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from custody.kernel.errors import DomainError
from custody.keys import enrolment
from custody.models import KeyEnrolment, Method, PublicKey, Role
from custody.permits import attempts
from custody.web.handed import base64url, in_base64url
from custody.web.visits import visit_of


@require_GET
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """The visitor's keys, and what to do to have one."""
    visit = visit_of(request)
    mine = PublicKey.objects.filter(operator=visit.person).select_related("revocation").order_by("-pk")
    waiting = KeyEnrolment.objects.filter(operator=visit.person, enrolled__isnull=True).order_by("-pk")
    return render(
        request,
        "devices/devices.html",
        {
            "keys": mine,
            "waiting": waiting,
            "points": [(each.pk, base64url(bytes(each.point))) for each in mine],
            "holds_keys": visit.membership is not None and visit.membership.role == Role.KEYHOLDER,
            "rp_id": settings.PASSKEY_RP_ID,
        },
    )


@require_POST
@login_required
def propose_device(request: HttpRequest) -> HttpResponse:
    """POST ``method``, ``point`` and of a passkey ``credential_id``: two others sign it then."""
    visit = visit_of(request)
    try:
        method = Method(request.POST.get("method", ""))
        point = in_base64url(request.POST.get("point", ""))
        credential_id = in_base64url(request.POST.get("credential_id", ""))
    except ValueError:
        messages.error(request, _("没有收到公钥，什么也没有登记，请重试"))
        return redirect("devices")
    try:
        with attempts.on_record(username=visit.person.username):
            made = enrolment.propose_key(
                operator=visit.person,
                method=method,
                point=point,
                credential_id=credential_id,
                actor=visit.person,
                at=visit.at,
            )
    except DomainError as refusal:
        messages.error(request, refusal.title)
        return redirect("devices")
    said = _("登记编号 %(number)s 已提交，等两位有权的人签署后生效") % {"number": made.pk}
    messages.success(request, said)
    return redirect("devices")


@require_POST
@login_required
def give_up(request: HttpRequest, number: int) -> HttpResponse:
    """POST ``reason``: the visitor's own key signs nothing any more."""
    visit = visit_of(request)
    if not PublicKey.objects.filter(pk=number, operator=visit.person).exists():
        raise Http404
    try:
        enrolment.revoke(
            public_key_id=number, actor=visit.person, reason=request.POST.get("reason", ""), at=visit.at
        )
    except DomainError as refusal:
        messages.error(request, refusal.title)
    else:
        messages.success(request, _("密钥已注销，未提交银行的签署随之失效"))
    return redirect("devices")
