"""Is this paper one of ours, and is it still the newest? For anybody, by the file's SHA-256 alone.

Refuses a digest that is none. The file itself never comes here: the browser reckons its digest.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reporting.models import PaperFormat
from reporting.papers.forms import file_name
from reporting.reading.handed_rows import pack_verdict_of, verdict_of
from reporting.statements.asked import Asked

DIGEST = re.compile("[0-9a-f]{64}")


@require_GET
def verify_paper(request: HttpRequest) -> HttpResponse:
    """The question, and the answer where a digest is given."""
    said = request.GET.get("sha256", "")
    digest = re.sub(r"\s", "", said.lower().removeprefix("sha256:"))
    facts: dict[str, object] = {
        "said": said[:200],
        "asked": bool(said),
        "wrong": "",
        "verdict": None,
        "packed": None,
        "name": "",
        "digest": digest,
    }
    if said and not DIGEST.fullmatch(digest):
        facts["wrong"] = _("SHA-256 是 64 位十六进制数字（0–9、a–f）")
    elif said:
        verdict = verdict_of(digest)
        facts["verdict"] = verdict
        if verdict is not None:
            paper = verdict.handout
            asked = Asked(paper.fund.code, paper.kind, paper.from_on, paper.to_on, paper.known_at)
            facts["name"] = file_name(asked, PaperFormat(paper.format))
        else:
            facts["packed"] = pack_verdict_of(digest)
    return render(request, "verify/verify.html", facts, status=422 if facts["wrong"] else 200)
