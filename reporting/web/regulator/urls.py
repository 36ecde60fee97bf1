"""Addresses of the regulator's oversight."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.regulator import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.oversight, name="oversight"),
    path("log/", pages.oversight_log, name="oversight_log"),
    path("<str:code>/", pages.oversight_fund, name="oversight_fund"),
    path("<str:code>/<period:period>/", pages.oversight_period, name="oversight_period"),
    path("<str:code>/<period:period>/pack.zip", pages.oversight_pack, name="oversight_pack"),
    path("<str:code>/papers/<digest:sha256>/", pages.oversight_paper, name="oversight_paper"),
]
