"""Addresses of the record of who looked at what."""

from django.urls import URLPattern, URLResolver, path

from custody.web.access import pages

urlpatterns: list[URLPattern | URLResolver] = [path("", pages.access_log, name="access_log")]
