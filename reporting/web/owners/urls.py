"""Addresses of the owners' pages, under a fund's code."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.owners import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.owners_home, name="owners"),
    path("<month:month>/", pages.owners_month, name="owners_month"),
    path("<month:month>/<str:kind>/", pages.owners_line, name="owners_line"),
    path("board/", pages.owners_board, name="owners_board"),
    path("board.pdf", pages.owners_board_pdf, name="owners_board_pdf"),
    path("entries/<int:sequence>/", pages.owners_entry, name="owners_entry"),
    path("documents/<digest:sha256>/", pages.owners_document, name="owners_document"),
]
