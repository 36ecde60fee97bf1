"""Addresses of statements, of oversight, of the log of days and of whether a paper is ours."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from reporting.web.days import DigestConverter, MonthConverter, PeriodConverter
from reporting.web.desk.publishing import publishing_desk
from reporting.web.log.pages import entry_proof

register_converter(PeriodConverter, "period")
register_converter(DigestConverter, "digest")
register_converter(MonthConverter, "month")

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/publishing/", publishing_desk, name="publishing"),
    path("desk/statements/", include("reporting.web.desk.urls")),
    path("statements/", include("reporting.web.holders.urls")),
    path("oversight/", include("reporting.web.regulator.urls")),
    path("e/<str:code>/entries/<int:sequence>/proof.json", entry_proof, name="entry_proof"),
    path("e/<str:code>/", include("reporting.web.owners.urls")),
    path("log/", include("reporting.web.log.urls")),
    path("verify/", include("reporting.web.verify.urls")),
]
