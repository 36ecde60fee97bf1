"""Addresses where the provider is paid, by audience."""

from django.urls import URLPattern, URLResolver, include, path

from settlement.web import originals

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/", include("settlement.web.desk.urls")),
    path("desk/", include("settlement.web.trusts.urls")),
    path("firm/", include("settlement.web.firm.urls")),
    path("keys/", include("settlement.web.committee.urls")),
    path("papers/<str:code>/<int:number>/", originals.original, name="original"),
    path("questions/", include("settlement.web.questions.urls")),
    path("watch/", include("settlement.web.protector.urls")),
]
