"""Addresses of the API; whatever else is asked under `/api/v1/` is answered as a problem, never as a page."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from config.api.describing import described, told_by_tag
from config.api.door import api
from custody.api.problems import not_found


@require_GET
def show_description(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, for anybody."""
    return JsonResponse(described(api), json_dumps_params={"ensure_ascii": False})


@require_GET
def show_api_page(request: HttpRequest) -> HttpResponse:
    """The same for people: no script, nothing from elsewhere."""
    said = described(api)
    return render(
        request,
        "api/docs.html",
        {"said": said, "groups": told_by_tag(said), "frame": "frames/plain.html"},
    )


@csrf_exempt
def no_resource(request: HttpRequest) -> HttpResponse:
    """404."""
    return not_found(request)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", no_resource),
    path("openapi.json", show_description, name="api_description"),
    path("docs", show_api_page, name="api_docs"),
    path("", api.urls),
    re_path(r"", no_resource),
]
