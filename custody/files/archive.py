"""Papers as evidence: kept by their digest, found again, read back, and proved to be what was kept.

The bytes are stored before the row that speaks of them, so a crash between leaves bytes without a row and
never a row without bytes. Refuses to take a damaged file for the bytes it was kept as.
"""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from custody.files import progress
from custody.kernel.errors import Conflict, NotFound
from custody.kernel.words import told
from custody.models import Document, Fund, Operator, Retention

NAME_MAX = 255
RETENTION = {
    Document.Kind.ESTATE: Retention.PERMANENT,
    Document.Kind.BANK: Retention.YEARS_10,
    Document.Kind.CHANNEL: Retention.YEARS_30,
    Document.Kind.REVENUE: Retention.YEARS_30,
    Document.Kind.WORK: Retention.YEARS_30,
    Document.Kind.INVOICES: Retention.YEARS_30,
    Document.Kind.PAYMENT: Retention.YEARS_30,
    Document.Kind.PAYMENT_STATUS: Retention.YEARS_30,
    Document.Kind.RETURN_SHEET: Retention.YEARS_30,
    Document.Kind.EVIDENCE: Retention.YEARS_30,
    Document.Kind.STATEMENT: Retention.YEARS_10,
    Document.Kind.RESOLUTION: Retention.PERMANENT,
    Document.Kind.AMENDMENT: Retention.PERMANENT,
}


def found_file(*, fund: Fund, kind: str, sha256: str) -> Document | None:
    """The paper of these very bytes, if this fund kept it for this purpose before."""
    return Document.objects.filter(fund=fund, kind=kind, sha256=sha256).first()


def keep(
    *,
    fund: Fund,
    kind: Document.Kind,
    name: str,
    content: bytes,
    actor: Operator,
    at: datetime,
    retention: Retention | None = None,
    rehearsal: bool = False,
) -> Document:
    """Keep the bytes and put them on record, in the caller's transaction; known ones are found again.

    ``retention`` only where the kind allows a longer one (an annual statement). A ``rehearsal`` stores no
    bytes: its row is undone. Errors: Conflict when the stored file of this digest is damaged.
    """
    digest = sha256(content).hexdigest()
    if not rehearsal:
        _store(digest, content)
    return found_file(fund=fund, kind=kind, sha256=digest) or Document.objects.create(
        fund=fund,
        kind=kind,
        name=name[:NAME_MAX],
        sha256=digest,
        size=len(content),
        retention=retention or RETENTION[kind],
        kept_at=at,
        kept_by=actor,
    )


def statement_retention(from_on: date, to_on: date) -> Retention:
    """Statements of a whole year are kept for ever, those of a part of one ten years."""
    whole_year = (from_on.month, from_on.day, to_on.month, to_on.day) == (1, 1, 12, 31)
    return Retention.PERMANENT if whole_year else Retention.YEARS_10


def bytes_of(document: Document) -> bytes:
    """The kept bytes, proved. Errors: NotFound when they are gone, Conflict when they are others."""
    content = _stored(document.sha256)
    if content is None:
        raise NotFound(
            _("存档文件「%(name)s」不见了，请从备份恢复 %(place)s"),
            code="document-missing", name=document.name, place=place_of(document.sha256),
        )  # fmt: skip
    if sha256(content).hexdigest() != document.sha256:
        raise _damaged(document.name, document.sha256)
    return content


def damaged_documents(documents: QuerySet[Document]) -> Iterator[tuple[Document, str]]:
    """Each paper whose kept bytes are gone or others, with what is wrong as a sentence. Writes nothing."""
    total = documents.count()
    for done, document in enumerate(documents.order_by("fund_id", "pk").iterator(), start=1):
        content = _stored(document.sha256)
        if content is None:
            yield document, told(_("存档文件不见了，请从备份恢复 %(place)s"), place=place_of(document.sha256))
        elif sha256(content).hexdigest() != document.sha256:
            yield (
                document,
                told(_("存档文件与登记的摘要不符，请从备份恢复 %(place)s"), place=place_of(document.sha256)),
            )
        progress.reached(done, total)


def place_of(digest: str) -> str:
    """Where in the storage the bytes of a digest lie."""
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _storage() -> Storage:
    return storages["documents"]


def _store(digest: str, content: bytes) -> None:
    stored = _stored(digest)
    if stored is None:
        _storage().save(place_of(digest), ContentFile(content))
    elif stored != content:
        raise _damaged(place_of(digest), digest)


def _stored(digest: str) -> bytes | None:
    """The bytes under this digest's name, whatever they are; None when there are none."""
    try:
        with _storage().open(place_of(digest), "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        return None
    return content


def _damaged(name: str, digest: str) -> Conflict:
    return Conflict(
        _("存档文件「%(name)s」与登记的摘要不符，请从备份恢复 %(place)s 后再试"),
        code="document-damaged", name=name, place=place_of(digest),
    )  # fmt: skip
