"""The house's door: sends each person to where their day begins; whoever acts for nobody is told so."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from custody.web.shell import begins
from custody.web.visits import visit_of


def home(request: HttpRequest) -> HttpResponse:
    """``/``."""
    if not request.user.is_authenticated:
        return redirect_to_login("/")
    address = begins(visit_of(request))
    return redirect(address) if address else render(request, "doors/nobody.html")
