"""The web's entrance: who is sent where, and which room answers which address. Everything else is 404."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from config.web import doors, notices_page, refusals

urlpatterns: list[URLPattern | URLResolver] = [
    path("", doors.home, name="home"),
    path("account/notices/", notices_page.notices, name="notices"),
    path("account/", include("config.sign_in.urls")),
    path("api/v1/", include("config.api.urls")),
    path("", include("custody.web.urls")),
    path("", include("settlement.web.urls")),
    path("", include("reporting.web.urls")),
    re_path(r"", refusals.nowhere),
]
handler400 = "config.web.refusals.bad_request"
handler403 = "config.web.refusals.not_allowed"
handler404 = "config.web.refusals.not_here"
handler500 = "config.web.refusals.failure"
