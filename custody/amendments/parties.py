"""Who is a party to the deed from when, until when: a new firm, protector or supervisor, and its end.

Refuses the trustee, the assembly and the committee (that is no change of the deed's terms but another trust),
an organisation that is a party already or is none, and a day in a closed period.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db.models import Q
from django.utils.translation import gettext as _

from custody.amendments import enacting
from custody.amendments.enacting import Enacting, Facts
from custody.amendments.proposing import AmendmentImport
from custody.deeds.estate_file import credit_code
from custody.files.faults import Fault
from custody.files.intake import Handed, take_in
from custody.files.outcomes import Outcome
from custody.files.tables import day, one_of, text_max
from custody.files.typed_rows import FileRow, Page, column
from custody.kernel.words import told
from custody.models import Amendment, AmendmentRow, Fund, FundParty, Operator, Organisation, OrganisationKind

PARTIES_SHEET = "当事人"
_KINDS = {
    "服务商": OrganisationKind.PROVIDER, "物业服务人": OrganisationKind.PROVIDER,
    "物业公司": OrganisationKind.PROVIDER,
    "信托监察人": OrganisationKind.PROTECTOR, "监察人": OrganisationKind.PROTECTOR,
    "监管部门": OrganisationKind.REGULATOR,
}  # fmt: skip


class PartyRow(FileRow):
    """An organisation that becomes a party on ``starts_on``, or is one through ``last_on``."""

    kind: OrganisationKind = column("身份", parse=one_of(_KINDS))
    name: str = column("名称", parse=text_max(200))
    credit_code: str | None = column("统一社会信用代码", parse=credit_code, blank=None, required=False)
    starts_on: date | None = column("起始日期", "开始日期", parse=day, blank=None, required=False)
    last_on: date | None = column("终止日期", "最后一天", parse=day, blank=None, required=False)


def import_parties(
    *,
    fund: Fund,
    path: Path | Handed,
    paper: Handed | None,
    actor: Operator,
    at: datetime,
    dry_run: bool = False,
) -> Outcome:
    """Propose the changes of the sheet 当事人. Errors: Forbidden; Refused, nothing written."""
    return take_in(PartiesImport(actor, at, dry_run, fund, paper), [path])


@dataclass
class PartiesImport(AmendmentImport[PartyRow]):
    """Each row one part in the deed that begins, or one that ends."""

    kind = Amendment.Kind.PARTIES
    sheet = PARTIES_SHEET
    model = PartyRow

    def form_faults(self, page: Page[PartyRow]) -> Iterator[Fault]:
        """One day a row: a beginning or an end; and a firm by its credit code, the one on record."""
        for row in page.rows:
            if (row.starts_on is None) == (row.last_on is None):
                yield page.fault(row, "starts_on", _("起始日期和终止日期填且只填一项"), value="")
            if row.starts_on is None or row.kind is not OrganisationKind.PROVIDER:
                continue
            known = Organisation.objects.filter(kind=row.kind, name=row.name).first()
            if row.credit_code is None and known is None:
                yield page.fault(row, "credit_code", _("新的服务商应填统一社会信用代码"), value="")
            elif known is not None and row.credit_code not in (None, known.credit_code):
                recorded = told(_("该名称已以 %(code)s 登记"), code=known.credit_code)
                yield page.fault(row, "credit_code", recorded)

    def facts_of(self, row: PartyRow) -> tuple[Facts, str]:
        """The part that begins, or the one that ends and when."""
        if row.last_on is not None:
            standing = FundParty.objects.filter(
                fund=self.fund, organisation__kind=row.kind, organisation__name=row.name, valid_until=None
            ).first()
            until = row.last_on + timedelta(days=1)
            return {
                "party_id": None if standing is None else standing.pk,
                "valid_until": until.isoformat(),
            }, "last_on"
        organisation, _made = Organisation.objects.get_or_create(
            kind=row.kind, name=row.name, defaults={"credit_code": row.credit_code or ""}
        )
        return {
            "fund_id": self.fund.pk,
            "organisation_id": organisation.pk,
            "valid_from": row.starts_on.isoformat() if row.starts_on else None,
        }, "starts_on"


def _objection(fund: Fund, facts: Facts) -> str:
    """A closed day, one who is a party already, or none any more."""
    ends = "party_id" in facts
    on = date.fromisoformat(facts["valid_until" if ends else "valid_from"])
    closed = enacting.closed_day(fund)
    if closed is not None and on <= closed:
        return told(_("账期已关闭至 %(closed)s，生效日期应在其后"), closed=closed)
    if ends:
        standing = FundParty.objects.filter(pk=facts["party_id"], valid_until=None, valid_from__lt=on)
        return "" if standing.exists() else _("不是本信托现在的当事人，或已登记终止")
    during = Q(valid_until=None) | Q(valid_until__gt=on)
    if FundParty.objects.filter(during, fund=fund, organisation_id=facts["organisation_id"]).exists():
        return _("该日已是本信托的当事人，请先登记其终止")
    return ""


def _make(rows: Sequence[AmendmentRow]) -> object:
    for row in rows:
        if "party_id" in row.facts:
            FundParty.objects.filter(pk=row.facts["party_id"]).update(
                valid_until=row.facts["valid_until"], ended_by=row
            )
        else:
            FundParty.objects.create(enacts=row, **row.facts)
    return rows


def _reads(facts: Facts) -> str:
    if "party_id" in facts:
        party = FundParty.objects.select_related("organisation").get(pk=facts["party_id"])
        last_on = date.fromisoformat(facts["valid_until"]) - timedelta(days=1)
        return told(_("%(name)s 至 %(on)s 止"), name=party.organisation.name, on=last_on)
    organisation = Organisation.objects.get(pk=facts["organisation_id"])
    return told(
        _("%(name)s（%(kind)s %(code)s）自 %(on)s 起"),
        name=organisation.name,
        kind=OrganisationKind(organisation.kind).label,
        code=organisation.credit_code,
        on=facts["valid_from"],
    )


PARTIES_ENACTED = Enacting(_make, _objection, _reads)
