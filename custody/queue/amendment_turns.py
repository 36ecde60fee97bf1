"""Proposed changes, as people with keys handle them: called by number, shown row by row, waiting for a key.

Refuses nothing and writes nothing itself; the keys are turned by custody.amendments.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.amendments import enacting
from custody.amendments.enacting import AMENDMENT
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.models import Amendment, Fund, Key
from custody.queue.keyed_subjects import Shown, Subject, register
from custody.queue.waiting_items import KEY_ACTS, Waiting


def register_amendments() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(
            AMENDMENT, gettext_lazy("变更"), amendment_numbered, _shown,
            lambda hand: enacting.turn_amendment_key(
                amendment_id=hand.subject_id, which=hand.which, actor=hand.person, at=hand.at
            ),
            lambda hand, reason: enacting.withdraw_amendment_key(
                amendment_id=hand.subject_id, actor=hand.person, reason=reason, at=hand.at
            ),
            papers=lambda row: [Amendment.objects.select_related("source_file").get(pk=row).source_file],
        )
    )  # fmt: skip


def amendment_numbered(fund_id: int, number: str) -> int:
    """The change of this number, as its import told it. NotFound."""
    digits = number.strip()
    row = Amendment.objects.filter(fund_id=fund_id, pk=int(digits) if digits.isdecimal() else 0).first()
    if row is None:
        raise NotFound(_("没有编号为 %(amendment)s 的变更"), amendment=number)
    return row.pk


def _shown(amendment_id: int) -> Shown:
    row = Amendment.objects.select_related("resolution", "source_file", "proposed_by").get(pk=amendment_id)
    resolution = f"{row.resolution.reference} {row.resolution.resolved_on} {row.resolution.title}"
    said = [
        (_("编号"), str(row.pk)),
        (_("变更"), str(Amendment.Kind(row.kind).label)),
        (_("决议"), resolution),
        (_("资料"), row.source_file.name),
        (_("登记人"), row.proposed_by.username),
    ]
    return said + [
        (told(_("第%(row)s行"), row=each.row), enacting.row_told(row.kind, each.facts))
        for each in row.rows.order_by("row")
    ]


def amendment_turns(fund: Fund) -> Iterator[Waiting]:
    """Changes that wait for a key: the committee's first, as everywhere."""
    for row in Amendment.objects.filter(fund=fund).select_related("resolution").order_by("pk"):
        turned = {
            each.key: each
            for each in keys.standing(AMENDMENT, row.pk)
            if each.content_sha256 == keys.content_digest_of(AMENDMENT, row.pk)
        }
        missing = next((which for which in (Key.APPROVE, Key.RELEASE) if which not in turned), None)
        if missing is None or _came_too_late(row):
            continue
        given = [each.given_at for each in turned.values()]
        sentence = _("%(kind)s变更，依据决议 %(resolution)s，待%(key)s")
        yield Waiting(
            fund=fund.code,
            act=KEY_ACTS[missing],
            kind=AMENDMENT,
            number=str(row.pk),
            what=told(
                sentence, kind=row.get_kind_display(), resolution=row.resolution.reference, key=missing.label
            ),
            since=max([row.proposed_at, *given]),
            not_by=frozenset({row.proposed_by_id} | {each.operator_id for each in turned.values()}),
        )


def _came_too_late(amendment: Amendment) -> bool:
    """Whether some row can become fact no more, so that no key helps."""
    return any(
        enacting.objection_to(amendment.kind, amendment.fund, row.facts) for row in amendment.rows.all()
    )
