"""The address where anybody asks whether a paper is one of ours."""

from django.urls import URLPattern, URLResolver, path

from reporting.web.verify import pages

urlpatterns: list[URLPattern | URLResolver] = [path("", pages.verify_paper, name="verify")]
