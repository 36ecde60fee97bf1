"""The web's entrance; no pages yet, so every address is refused with 404."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
