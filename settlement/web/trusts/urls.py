"""Addresses of a trust's budget and payees, and of the log of settlements."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.trusts import moves, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("funds/<str:code>/budget/", pages.fund_budget, name="fund_budget"),
    path("log/moves/", moves.move_log, name="log_moves"),
    path("funds/<str:code>/payees/", pages.fund_payees, name="fund_payees"),
]
