"""The committee hands work and scores in from its phone: one workbook, read first; a keyholder signs it.

Refuses whoever may not accept work, and the whole file for any fault, as the service does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from custody.files.faults import Refused, grouped
from custody.files.intake import Handed
from custody.files.limits import SIZE_BYTES_MAX
from custody.files.outcomes import Outcome
from custody.models import OrganisationKind
from custody.permits import attempts
from custody.permits.acts import Act
from custody.web.visits import page, visit_of
from settlement.work.importing import import_work

FAULTS_SHOWN = 40
TAKE = "take"


@dataclass(frozen=True, slots=True)
class WorkRead:
    """What became of the file: an outcome, or every fault; ``taken`` where it was more than a rehearsal."""

    taken: bool = False
    outcome: Outcome | None = None
    faults: Sequence[str] = field(default_factory=list)


@require_http_methods(["GET", "POST"])
@page(OrganisationKind.COMMITTEE)
def accept_work_file(request: HttpRequest) -> HttpResponse:
    """The upload; POST ``fund``, ``file`` and ``step`` (read, take): what is in it, 422 with every fault."""
    visit = visit_of(request)
    read = WorkRead()
    if request.method == "POST":
        fund = visit.fund(request.POST.get("fund", ""))
        taking = request.POST.get("step") == TAKE
        file = request.FILES.get("file")
        if file is None:
            said = _("没有收到文件，或文件超过 %(limit)s MB；请选一份工作簿再传")
            read = WorkRead(faults=[said % {"limit": SIZE_BYTES_MAX >> 20}])
        else:
            handed = Handed(file.name or "", file.read(SIZE_BYTES_MAX + 1))
            try:
                with attempts.on_record(username=visit.person.username, fund=fund.code):
                    outcome = import_work(
                        fund=fund, path=handed, actor=visit.person, at=visit.at, dry_run=not taking
                    )
                read = WorkRead(taken=taking, outcome=outcome)
            except Refused as refusal:
                read = WorkRead(faults=[str(each) for each in grouped(refusal.faults)])
    counts = read.outcome.counts.items() if read.outcome else []
    shown = {
        "read": read, "funds": visit.funds, "may": visit.may(Act.ACCEPT_WORK),
        "keyholder": visit.may(Act.TURN_FIRST_KEY),
        "faults": read.faults[:FAULTS_SHOWN], "left": len(read.faults) - FAULTS_SHOWN,
        "most_mb": SIZE_BYTES_MAX >> 20,
        "counts": [(code.label, count) for code, count in counts],
    }  # fmt: skip
    return render(request, "committee/work.html", shown, status=422 if read.faults else 200)
