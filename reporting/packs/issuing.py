"""Issues a pack: a period's papers handed out, their entries, the heads, sealed; kept, and on record once.

The same ledger and the same log under the same key are the same pack, which is then not issued again. A later
one is the next edition and says which files changed. Refuses days that are not over (statements do).
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from io import StringIO

from django.db import transaction
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _

from custody.deeds.funds import lock_fund
from custody.files import archive
from custody.files.archive import bytes_of
from custody.kernel.errors import NotFound, Rejected
from custody.kernel.words import told
from custody.ledger import history
from custody.ledger.history import JournalPart
from custody.models import Access, Document, Fund, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.permits.looking import note_access
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, LogDay, LogEntry, LogStamp, Pack, PackFile, PaperFormat, StatementKind
from reporting.packs.packing import PackedFile, packed
from reporting.packs.seals import Signer, sealed_pdf
from reporting.papers.forms import file_name, paper_of
from reporting.papers.handing_out import hand_out
from reporting.statements.named_periods import Period
from reporting.transparency.day_stamps import signed_head

ENTRY_COLUMNS = (
    "sequence", "effective_on", "book", "account", "code", "amount", "template", "source", "chain", "opening",
)  # fmt: skip
OF_EACH_PACK = ("manifest.json", "README.txt", "head.txt", "head.tsr")


def issue_pack(*, fund: Fund, period: Period, actor: Operator, at: datetime, signer: Signer) -> Pack:
    """The pack of a period, issued now unless it is the one issued last. Errors: as statements; Forbidden."""
    organisation = ask(Act.ISSUE_STATEMENT, fund_id=fund.pk, actor=actor, on=localdate(at))
    handouts, left_out = _handed_out(fund, period, actor, at)
    with transaction.atomic():
        lock_fund(fund)
        last = (
            Pack.objects.filter(fund=fund, from_on=period.from_on, to_on=period.to_on)
            .order_by("edition")
            .last()
        )
        files = _files(fund, period, handouts, signer)
        if last is not None and _as_issued(last, files):
            return last
        changed = _changed(last, files)
        head = handouts[-1]
        title = told(_("%(fund)s %(period)s 监管资料包"), fund=fund.code, period=period.slug)
        made = packed(
            title, files, _facts(fund, period, head) | {"left_out": left_out}, _told(last, changed), signer
        )
        document = archive.keep(
            fund=fund, kind=Document.Kind.STATEMENT, name=f"pack-{fund.code}-{period.slug}.zip",
            content=made.content, actor=actor, at=at,
            retention=archive.statement_retention(period.from_on, period.to_on),
        )  # fmt: skip
        pack = Pack.objects.create(
            fund=fund, document=document, sha256=document.sha256, from_on=period.from_on, to_on=period.to_on,
            edition=last.edition + 1 if last else 1, changed=changed, sequence=head.sequence,
            chain=head.chain, at=at, by=actor,
        )  # fmt: skip
        _list(pack, made.files)
        note_access(
            fund_id=fund.pk, what=Access.ISSUED, about=document.name, actor=actor, organisation=organisation
        )
    return pack


def _list(pack: Pack, files: Sequence[PackedFile]) -> None:
    PackFile.objects.bulk_create(
        [PackFile(pack=pack, name=each.name, size=each.size, sha256=each.sha256) for each in files]
    )


def _handed_out(
    fund: Fund, period: Period, actor: Operator, at: datetime
) -> tuple[list[Handout], dict[str, str]]:
    """Every statement that these days can have in both forms, handed out unless it was; of others why not.

    Errors: Rejected, of days that not even the fund statement can have.
    """
    found, left_out = [], {}
    for kind in StatementKind:
        asked = Asked(fund.code, kind, period.from_on, period.to_on)
        try:
            _fund, report = build_statement(asked)
        except (NotFound, Rejected) as refusal:
            if kind == StatementKind.FUND:
                raise
            left_out[str(kind)] = refusal.title
            continue
        found += [
            hand_out(fund=fund, paper=paper_of(asked, report, form), actor=actor, at=at)
            for form in (PaperFormat.XLSX, PaperFormat.PDF)
        ]
    return found, left_out


def _files(fund: Fund, period: Period, handouts: Sequence[Handout], signer: Signer) -> dict[str, bytes]:
    """The papers, each PDF sealed as of the period's end; the entries; the log's head."""
    ended = make_aware(datetime.combine(period.to_on + timedelta(1), time.min))
    files = {}
    for each in handouts:
        asked = Asked(fund.code, each.kind, each.from_on, each.to_on)
        content = bytes_of(each.document)
        if each.format == PaperFormat.PDF:
            content = sealed_pdf(content, signer, at=ended)
        files[file_name(asked, PaperFormat(each.format))] = content
    files["entries.csv"] = _entries(fund, period)
    newest = LogDay.objects.order_by("number").last()
    if newest is not None:
        files["head.txt"] = signed_head(newest)
        stamp = LogStamp.objects.filter(day=newest).first()
        if stamp is not None:
            files["head.tsr"] = bytes(stamp.token)
    return files


def _entries(fund: Fund, period: Period) -> bytes:
    """The period's lines by sequence, with each entry's chain value and what opens its commitment."""
    part = JournalPart(fund.pk, period.from_on, period.to_on)
    openings = dict(LogEntry.objects.filter(fund=fund).order_by("number").values_list("sequence", "opening"))
    chains = {sequence: bytes(chain).hex() for sequence, chain in history.chain_values(part)}
    text = StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(ENTRY_COLUMNS)
    for sequence, _number, on, book, kind, code, amount, template, _memo, source in sorted(
        history.lines(part)
    ):
        said = (sequence, on, book, kind, code, f"{amount:.2f}", template, source)
        out.writerow((*said, chains[sequence], openings.get(sequence, "")))
    return text.getvalue().encode()


def _facts(fund: Fund, period: Period, head: Handout) -> dict[str, object]:
    """What the manifest says beside its files."""
    part = JournalPart(fund.pk, period.from_on, period.to_on)
    sequences = [sequence for sequence, _chain in history.chain_values(part)]
    return {
        "fund": fund.code,
        "estate": fund.estate.name,
        "from_on": period.from_on.isoformat(),
        "to_on": period.to_on.isoformat(),
        "entries": {
            "count": len(sequences),
            "first": min(sequences, default=0),
            "last": max(sequences, default=0),
        },
        "ledger_head": {"sequence": head.sequence, "chain": head.chain},
    }


def _as_issued(last: Pack, files: Mapping[str, bytes]) -> bool:
    """Whether the last edition holds these very files; a newer head of the log alone makes no new edition."""
    return not _changed(last, files)


def _changed(last: Pack | None, files: Mapping[str, bytes]) -> list[list[str]]:
    """[file, was, now] against the last edition, by name; nothing for a first one."""
    if last is None:
        return []
    was = dict(PackFile.objects.filter(pack=last).values_list("name", "sha256"))
    now = {name: sha256(content).hexdigest() for name, content in files.items()}
    names = sorted((was.keys() | now.keys()) - {*OF_EACH_PACK, "root.crt"})
    return [[name, was.get(name, ""), now.get(name, "")] for name in names if was.get(name) != now.get(name)]


def _told(last: Pack | None, changed: Sequence[Sequence[str]]) -> list[str]:
    """What README says of the edition before."""
    if last is None:
        return [_("第 1 版")]
    said = told(
        _("第 %(edition)s 版，取代 SHA-256 为 %(was)s 的前一版；变了的文件："),
        edition=last.edition + 1,
        was=last.sha256,
    )
    return [said, *(f"  {name}  {was[:16] or '—'} → {now[:16] or '—'}" for name, was, now in changed)]
