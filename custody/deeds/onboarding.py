"""Takes an estate into trust: estate, fund, parties, account, units, deed terms and the handover entries.

Refuses an account that serves another fund. Joins the caller's transaction; an estate is opened once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from custody.deeds import people
from custody.deeds.estate_file import EstateFacts
from custody.files import evidence
from custody.kernel.errors import Conflict
from custody.kernel.money import yuan
from custody.ledger import door, postings, reads, references
from custody.ledger.chart import BOOK_TITLES, Book
from custody.ledger.door import Draft
from custody.models import (
    BankAccount,
    DeedTerm,
    Estate,
    Fund,
    FundParty,
    Operator,
    Organisation,
    OrganisationKind,
    Resolution,
    SourceFile,
    Unit,
)

PARTY_ITEMS = {
    OrganisationKind.TRUSTEE: "受托人",
    OrganisationKind.ASSEMBLY: "委托人",
    OrganisationKind.COMMITTEE: "业委会",
    OrganisationKind.PROTECTOR: "信托监察人",
}
PLAIN_ITEMS = {
    "name": "小区名称",
    "district": "区县",
    "street": "街道",
    "community": "社区",
    "built_year": "建成年份",
    "households": "户数",
    "residential_area": "住宅面积",
}


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """The property firm: name and 18-character credit code."""

    name: str
    credit_code: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened; ``source_file`` is the evidence."""

    fund: Fund
    provider: Organisation
    source_file: SourceFile


def open_estate(
    *,
    facts: EstateFacts,
    provider: ProviderFacts,
    path: Path,
    sha256: str,
    actor: Operator,
    at: datetime,
) -> Opened:
    """Open everything custody holds for one estate. Errors: Conflict for an account of another fund."""
    items = facts.items
    if BankAccount.objects.filter(number=items["信托专户账号"]).exists():
        raise Conflict("信托专户账号已属于另一信托,一个账号只服务一个信托", account=items["信托专户账号"])
    estate = Estate.objects.create(
        code=items["小区编码"], **{field: items[item] for field, item in PLAIN_ITEMS.items()}
    )
    fund = Fund.objects.create(
        estate=estate,
        code=items["小区编码"],
        product_code=items["信托产品编码"],
        opened_on=facts.opened_on,
    )
    door.open_fund(fund.pk)
    firm = _enter_parties(fund, facts, provider, actor)
    BankAccount.objects.create(
        fund=fund,
        number=items["信托专户账号"],
        holder=items["信托专户户名"],
        bank_name=items["开户银行"],
    )
    _record_deed(fund, facts)
    source_file = evidence.record_file(
        fund=fund, kind=SourceFile.Kind.ESTATE, path=path, sha256=sha256,
        row_count=len(facts.units), actor=actor, at=at,
    )  # fmt: skip
    _hand_over(fund, facts, source_file, actor, at)
    return Opened(fund, firm, source_file)


def _enter_parties(fund: Fund, facts: EstateFacts, provider: ProviderFacts, actor: Operator) -> Organisation:
    """Organisations known by kind and name serve again; the console's person becomes the trustee's maker."""
    organisations = {
        kind: Organisation.objects.get_or_create(kind=kind, name=facts.items[item])[0]
        for kind, item in PARTY_ITEMS.items()
    }
    firm, _ = Organisation.objects.get_or_create(
        kind=OrganisationKind.PROVIDER,
        name=provider.name,
        defaults={"credit_code": provider.credit_code},
    )
    if firm.credit_code != provider.credit_code:
        raise Conflict(
            "物业服务人已以另一统一社会信用代码登记", name=firm.name,
            recorded=firm.credit_code, given=provider.credit_code,
        )  # fmt: skip
    for organisation in (*organisations.values(), firm):
        FundParty.objects.create(fund=fund, organisation=organisation, valid_from=facts.parties_from)
    if actor.username == people.CONSOLE:
        trustee = organisations[OrganisationKind.TRUSTEE]
        people.enrol_maker(operator=actor, trustee=trustee)
    return firm


def _record_deed(fund: Fund, facts: EstateFacts) -> None:
    """Units, and the deed's terms under the resolution that set the trust up."""
    Unit.objects.bulk_create(
        Unit(
            fund=fund,
            building=unit.building,
            entrance=unit.entrance,
            room=unit.room,
            area=unit.area,
            owner_name=unit.owner_name,
            monthly_price=unit.monthly_price,
        )
        for unit in facts.units
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
    return facts.items["设立决议"] or f"设立文件 {facts.items['小区编码']}"


def opening_of(facts: EstateFacts, book: Book) -> Decimal:
    """A book's opening balance in yuan."""
    amount: Decimal = facts.items[f"期初余额-{BOOK_TITLES[book]}"]
    return amount


def _hand_over(
    fund: Fund, facts: EstateFacts, source_file: SourceFile, actor: Operator, at: datetime
) -> None:
    """Each book's opening balance, dated the day before the trust's first; an empty book has none."""
    drafts = [
        Draft(
            postings.handover(
                cash=door.open_account(fund_id=fund.pk, book=book, kind="cash"),
                corpus=door.open_account(fund_id=fund.pk, book=book, kind="corpus"),
                amount=yuan(opening_of(facts, book)),
                on=facts.opened_on - timedelta(days=1),
                source=references.cite(references.FILE, source_file.sha256),
            ),
            key=f"handover:{book}",
        )
        for book in Book
        if opening_of(facts, book) != 0
    ]
    if drafts:
        door.post_many(drafts, actor_id=actor.pk, at=at)


# ---- the same estate again: is it the same? ----


def stated(facts: EstateFacts) -> dict[str, str]:
    """The file's facts as comparable text, by a label a clerk reads."""
    flat = {name: _plain(value) for name, value in facts.items.items() if name != "设立决议"}
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
    """The same labels for what is on record."""
    account = BankAccount.objects.get(fund=fund)
    flat = {item: _plain(getattr(fund.estate, field)) for field, item in PLAIN_ITEMS.items()}
    flat |= {
        "小区编码": fund.code,
        "信托产品编码": fund.product_code,
        "期初日期": str(fund.opened_on),
        "开户银行": account.bank_name,
        "信托专户户名": account.holder,
        "信托专户账号": account.number,
    }
    for party in FundParty.objects.filter(fund=fund).select_related("organisation").order_by("pk"):
        item = PARTY_ITEMS.get(OrganisationKind(party.organisation.kind))
        if item is not None:
            flat.setdefault(item, party.organisation.name)
    flat |= {f"期初余额-{BOOK_TITLES[book]}": _plain(_handed_over(fund, book)) for book in Book}
    terms = DeedTerm.objects.filter(fund=fund).select_related("resolution").order_by("pk")
    flat |= {f"条款 {term.term} 自 {term.effective_from}": term.value for term in terms}
    flat["设立决议"] = next((term.resolution.reference for term in terms), "")
    flat |= {
        f"房屋 {unit.address}": _unit_text(unit.area, unit.owner_name, unit.monthly_price)
        for unit in Unit.objects.filter(fund=fund)
    }
    return flat


def differences(was: dict[str, str], given: dict[str, str]) -> list[str]:
    """What differs, label by label, in reading order."""
    labels: Iterable[str] = dict.fromkeys([*given, *was])
    return [
        f"{label}:已登记「{was.get(label, '无')}」,文件为「{given.get(label, '无')}」"
        for label in labels
        if was.get(label) != given.get(label)
    ]


def _handed_over(fund: Fund, book: Book) -> Decimal:
    return reads.amounts_of(fund.pk, f"handover:{book}").get("cash", Decimal(0))


def _unit_text(area: Decimal, owner: str, price: Decimal) -> str:
    return f"{_plain(area)} {owner} {_plain(price)}"


def _plain(value: object) -> str:
    """Numbers without idle zeros, so 83404 and 83404.00 are one."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
