"""Addresses of the log of days."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.log import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.day_heads, name="day_heads"),
    path("verify.html", pages.log_verifier, name="log_verifier"),
    path("days/<int:number>/head.txt", pages.day_head_file, name="day_head_file"),
    path("days/<int:number>/head.tsr", pages.day_stamp_file, name="day_stamp_file"),
    path("heads.txt", pages.day_heads_file, name="day_heads_file"),
]
