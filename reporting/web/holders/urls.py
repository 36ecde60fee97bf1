"""Addresses of statements for the committee and the protector."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.holders import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.handed_statements, name="handed_statements"),
    path("<str:code>/<digest:sha256>/", pages.handed_statement, name="handed_statement"),
]
