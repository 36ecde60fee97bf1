"""Addresses of custody's own pages and of signing."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("acts/", include("custody.web.acts.urls")),
    path("account/devices/", include("custody.web.devices.urls")),
    path("access/", include("custody.web.access.urls")),
    path("desk/", include("custody.web.desk.urls")),
]
