"""A person's own notices: where they are told, what of, and what became of the last ones.

Open to a session that began with a second factor alone (config.sign_in.sessions): whoever has a password only
does not turn letters away from their reader.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from custody.kernel.errors import DomainError
from custody.models import Role
from custody.web.visits import visit_of
from settlement.models import Notice, NoticeMode
from settlement.notices.delivering import Delivery, standing_of
from settlement.notices.wanted import choice_of, choose_notices

LATEST = 5
SHAPES = {Delivery.SENT: "ok", Delivery.FAILED: "bad", Delivery.NO_ADDRESS: "warn", Delivery.WAITS: "now"}


@require_http_methods(["GET", "POST"])
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """POST ``address`` and ``mode``: put down, 303 back; a wrong address is told beside the field."""
    visit = visit_of(request)
    said = choice_of(visit.person)
    lives_at = address = said.address
    mode, wrong = str(said.mode), ""
    if request.method == "POST":
        address, mode = request.POST.get("address", ""), request.POST.get("mode", "")
        try:
            choose_notices(person=visit.person, address=address, mode=mode, at=visit.at)
        except DomainError as refusal:
            wrong = refusal.title
        else:
            messages.success(request, _("通知设置已保存"))
            return HttpResponseRedirect(reverse("notices"), status=303)
    latest = Notice.objects.filter(operator=visit.person).select_related("operator", "membership")
    told = [
        (each, standing_of(each, visit.at, address=lives_at))
        for each in latest.prefetch_related("attempts").order_by("-pk")[:LATEST]
    ]
    context = {
        "address": address,
        "mode": mode,
        "modes": NoticeMode.choices,
        "wrong": wrong,
        "latest": [(each, stands.label, SHAPES.get(stands, "")) for each, stands in told],
        "holds_keys": visit.membership is not None and visit.membership.role == Role.KEYHOLDER,
    }
    return render(request, "notices/notices.html", context, status=422 if wrong else 200)
