"""Addresses of signing lists."""

from django.urls import URLPattern, URLResolver, path

from custody.web.acts import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.open_acts, name="acts"),
    path("<uuid:list_id>/", pages.show_acts, name="act"),
    path("<uuid:list_id>/sign/", pages.sign_acts, name="act_sign"),
]
