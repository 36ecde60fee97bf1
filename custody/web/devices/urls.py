"""Addresses of a person's own keys."""

from django.urls import URLPattern, URLResolver, path

from custody.web.devices import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.devices, name="devices"),
    path("propose/", pages.propose_device, name="device_propose"),
    path("<int:number>/revoke/", pages.give_up, name="device_revoke"),
]
