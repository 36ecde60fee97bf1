"""Addresses of statements at the desk."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.desk import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.statements, name="statements"),
    path("<str:code>/<digest:sha256>/", pages.statement_paper, name="statement_paper"),
]
