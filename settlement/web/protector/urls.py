"""Addresses of the protector's watch."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.protector import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.watch, name="watch"),
    path("<str:code>/<str:number>/", pages.watch_item, name="watch_item"),
    path("<str:code>/<str:number>/ask/", pages.ask_about, name="watch_ask"),
    path("<str:code>/<str:number>/stay/", pages.stay_item, name="watch_stay"),
    path("<str:code>/<str:number>/lift/", pages.lift_item, name="watch_lift"),
]
