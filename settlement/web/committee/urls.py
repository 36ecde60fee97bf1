"""Addresses of the committee's phone."""

from django.urls import URLPattern, URLResolver, path

from settlement.web.committee import pages, work

ITEM = "<str:code>/<str:kind>/<path:number>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.decisions, name="keys"),
    path("all/", pages.sign_together, name="keys_all"),
    path("done/", pages.keys_done, name="keys_done"),
    path("work/", work.accept_work_file, name="keys_work"),
    path(f"decline/{ITEM}", pages.decline_item, name="key_decline"),
    path(f"withdraw/{ITEM}", pages.take_back_key, name="key_withdraw"),
    path(ITEM, pages.key_item, name="key"),
]
