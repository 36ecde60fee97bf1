"""Takes an estate into trust: estate, fund, parties, account, units, deed terms and the handover entries.

Refuses an account that serves another fund. Joins the caller's transaction; an estate is opened once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.deeds import people
from custody.deeds.estate_file import EstateFacts, EstateItems
from custody.files.typed_rows import title_of
from custody.kernel.errors import Conflict
from custody.kernel.money import yuan
from custody.kernel.words import told
from custody.ledger import door, postings, reads, references
from custody.ledger.chart import BOOK_TITLES, Book
from custody.ledger.door import Draft
from custody.models import (
    OWN_BODIES,
    BankAccount,
    DeedTerm,
    Document,
    Estate,
    Fund,
    FundParty,
    Operator,
    Organisation,
    OrganisationKind,
    Resolution,
    Unit,
    UnitFact,
)

PARTIES = {
    OrganisationKind.TRUSTEE: "trustee",
    OrganisationKind.ASSEMBLY: "assembly",
    OrganisationKind.COMMITTEE: "committee",
    OrganisationKind.PROTECTOR: "protector",
}
ESTATE_FIELDS = (
    "name", "district", "street", "community", "built_year", "households", "residential_area"
)  # fmt: skip


_DIFFERS = gettext_lazy("%(label)s：已登记「%(was)s」，文件为「%(given)s」")


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """The property firm: name and 18-character credit code."""

    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened; the entries that hand the books over wait for the workbook to be kept."""

    fund: Fund
    provider: Organisation


def open_estate(*, facts: EstateFacts, provider: ProviderFacts, actor: Operator) -> Opened:
    """Open everything custody holds for one estate. Errors: Conflict for an account of another fund."""
    items = facts.estate
    if BankAccount.objects.filter(number=items.account_number).exists():
        raise Conflict(
            _("信托专户账号 %(account)s 已属于另一信托，一个账号只服务一个信托"), account=items.account_number
        )
    estate = Estate.objects.create(
        code=items.code, **{field: getattr(items, field) for field in ESTATE_FIELDS}
    )
    fund = Fund.objects.create(
        estate=estate,
        code=items.code,
        product_code=items.product_code,
        opened_on=facts.opened_on,
    )
    door.open_fund(fund.pk)
    firm = _enter_parties(fund, facts, provider, actor)
    BankAccount.objects.create(
        fund=fund,
        number=items.account_number,
        holder=items.account_holder,
        bank_name=items.bank_name,
        handover=True,
    )
    _record_deed(fund, facts)
    return Opened(fund, firm)


def _enter_parties(fund: Fund, facts: EstateFacts, provider: ProviderFacts, actor: Operator) -> Organisation:
    """Organisations known by kind and name serve again, but for the estate's own bodies, which are new.

    The console's person becomes the trustee's maker.
    """
    organisations = {kind: _party(kind, getattr(facts.estate, field)) for kind, field in PARTIES.items()}
    firm, _made = Organisation.objects.get_or_create(
        kind=OrganisationKind.PROVIDER,
        name=provider.name,
        defaults={"credit_code": provider.credit_code},
    )
    if firm.credit_code != provider.credit_code:
        raise Conflict(
            _("物业服务人「%(name)s」已以统一社会信用代码 %(recorded)s 登记，而不是 %(given)s"),
            name=firm.name, recorded=firm.credit_code, given=provider.credit_code,
        )  # fmt: skip
    for organisation in (*organisations.values(), firm):
        FundParty.objects.create(fund=fund, organisation=organisation, valid_from=facts.parties_from)
    if actor.username == people.CONSOLE:
        trustee = organisations[OrganisationKind.TRUSTEE]
        people.enrol_maker(operator=actor, trustee=trustee)
    return firm


def _party(kind: OrganisationKind, name: str) -> Organisation:
    if kind in OWN_BODIES:
        return Organisation.objects.create(kind=kind, name=name)
    return Organisation.objects.get_or_create(kind=kind, name=name)[0]


def _record_deed(fund: Fund, facts: EstateFacts) -> None:
    """Units, and the deed's terms under the resolution that set the trust up."""
    units = Unit.objects.bulk_create(
        Unit(fund=fund, building=row.building, entrance=row.entrance, room=row.room) for row in facts.units
    )
    UnitFact.objects.bulk_create(
        UnitFact(
            fund=fund,
            unit=unit,
            valid_from=facts.parties_from,
            area=row.area,
            owner_name=row.owner_name,
            monthly_price=row.monthly_price,
        )
        for unit, row in zip(units, facts.units, strict=True)
    )
    resolution = Resolution.objects.create(
        fund=fund,
        reference=resolution_reference(facts),
        resolved_on=facts.parties_from,
        title="信托设立文件",
    )
    DeedTerm.objects.bulk_create(
        DeedTerm(
            fund=fund,
            term=term.code,
            value=term.value,
            effective_from=term.effective_from,
            resolution=resolution,
        )
        for term in facts.terms
    )


def resolution_reference(facts: EstateFacts) -> str:
    """The resolution the file names, else the founding document itself."""
    return facts.estate.resolution or f"设立文件 {facts.estate.code}"


def hand_over(
    *, fund: Fund, facts: EstateFacts, source_file: Document, actor: Operator, at: datetime
) -> None:
    """Each book's opening balance, dated the day before the trust's first; an empty book has none."""
    drafts = [
        Draft(
            postings.handover(
                cash=door.open_account(fund_id=fund.pk, book=book, kind="cash"),
                corpus=door.open_account(fund_id=fund.pk, book=book, kind="corpus"),
                amount=yuan(facts.estate.opening(book)),
                on=facts.opened_on - timedelta(days=1),
                source=references.cite(references.FILE, source_file.sha256),
            ),
            key=f"handover:{book}",
        )
        for book in Book
        if facts.estate.opening(book) != 0
    ]
    if drafts:
        door.post_many(drafts, actor_id=actor.pk, at=at)


# ---- the same estate again: is it the same? ----


def stated(facts: EstateFacts) -> dict[str, str]:
    """The file's facts as comparable text, by a label a clerk reads."""
    values = facts.estate.model_dump(exclude={"row", "resolution"})
    flat = {title_of(EstateItems, name): _without_idle_zeros(value) for name, value in values.items()}
    flat["设立决议"] = resolution_reference(facts)
    flat |= {f"条款 {term.code} 自 {term.effective_from}": term.value for term in facts.terms}
    flat |= {
        f"房屋 {unit.building}-{unit.entrance}-{unit.room}": _unit_text(
            unit.area, unit.owner_name, unit.monthly_price
        )
        for unit in facts.units
    }
    return flat


def recorded(fund: Fund) -> dict[str, str]:
    """The same labels for what the founding workbook said: what later ones changed contradicts nothing."""
    account = BankAccount.objects.get(fund=fund, handover=True)
    flat = {
        title_of(EstateItems, field): _without_idle_zeros(getattr(fund.estate, field))
        for field in ESTATE_FIELDS
    }
    flat |= {
        "小区编码": fund.code,
        "信托产品编码": fund.product_code,
        "期初日期": str(fund.opened_on),
        "开户银行": account.bank_name,
        "信托专户户名": account.holder,
        "信托专户账号": account.number,
    }
    for party in FundParty.objects.filter(fund=fund).select_related("organisation").order_by("pk"):
        field = PARTIES.get(OrganisationKind(party.organisation.kind))
        if field is not None:
            flat.setdefault(title_of(EstateItems, field), party.organisation.name)
    flat |= {f"期初余额-{BOOK_TITLES[book]}": _without_idle_zeros(_handed_over(fund, book)) for book in Book}
    founding = DeedTerm.objects.filter(fund=fund, enacts__isnull=True)
    terms = founding.select_related("resolution").order_by("pk")
    flat |= {f"条款 {term.term} 自 {term.effective_from}": term.value for term in terms}
    flat["设立决议"] = next((term.resolution.reference for term in terms), "")
    flat |= {
        f"房屋 {each.unit.address}": _unit_text(each.area, each.owner_name, each.monthly_price)
        for each in UnitFact.objects.filter(fund=fund, enacts__isnull=True).select_related("unit")
    }
    return flat


def facts_that_differ(was: dict[str, str], given: dict[str, str]) -> list[str]:
    """What differs, label by label, in reading order."""
    labels: Iterable[str] = dict.fromkeys([*given, *was])
    return [
        told(str(_DIFFERS), label=label, was=was.get(label), given=given.get(label))
        for label in labels
        if was.get(label) != given.get(label)
    ]


def _handed_over(fund: Fund, book: Book) -> Decimal:
    return reads.amounts_of(fund.pk, f"handover:{book}").get("cash", Decimal(0))


def _unit_text(area: Decimal, owner: str, price: Decimal) -> str:
    return f"{_without_idle_zeros(area)} {owner} {_without_idle_zeros(price)}"


def _without_idle_zeros(value: object) -> str:
    """Numbers without idle zeros, so 83404 and 83404.00 are one."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
