"""The papers of a trust: listed by kind, newest first, and handed out byte for byte as they were kept.

Refuses to let a paper act on the house's pages: a browser shows only what our own look says is a PDF or a
picture, everything else it saves; a name cannot break out of its header, and no type is guessed.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from custody.files import archive
from custody.models import Document, OrganisationKind
from custody.web.cursors import before_of
from custody.web.desk.fund_tabs import tabs_of
from custody.web.visits import page, visit_of

PAPERS_A_PAGE = 100
SHOWN = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
SAVED = "application/octet-stream"


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_documents(request: HttpRequest, code: str) -> HttpResponse:
    """The list; ``?kind=`` one kind alone, ``?before=`` the next page."""
    fund = visit_of(request).fund(code)
    rows = Document.objects.filter(fund=fund).select_related("kept_by").order_by("-pk")
    kind, before = request.GET.get("kind", ""), before_of(request)
    if kind in Document.Kind.values:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAPERS_A_PAGE + 1])
    shown = found[:PAPERS_A_PAGE]
    return render(
        request,
        "desk/documents.html",
        {
            "fund": fund,
            "rows": shown,
            "before": shown[-1].pk if len(found) > PAPERS_A_PAGE else None,
            "kind": kind,
            "kinds": Document.Kind.choices,
            "tabs": tabs_of(fund, "fund_documents"),
        },
    )


@require_GET
@page(OrganisationKind.TRUSTEE)
def fund_document(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The kept bytes, proved by their digest."""
    fund = visit_of(request).fund(code)
    found = Document.objects.filter(fund=fund, pk=number).first() if number < 2**62 else None
    if found is None:
        raise Http404
    return paper_for_browser(found.name, archive.bytes_of(found))


def paper_for_browser(name: str, content: bytes) -> HttpResponse:
    """A file for a browser: shown where it is a PDF or a picture by its first bytes, saved otherwise."""
    shown = next((kind for begins, kind in SHOWN if content.startswith(begins)), "")
    plain = "".join(each for each in name if each.isprintable() and each not in '/\\"') or "file"
    answer = HttpResponse(content, content_type=shown or SAVED)
    answer.headers["Content-Disposition"] = str(content_disposition_header(not shown, plain))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
