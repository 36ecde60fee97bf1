"""Builders of test estates: each call makes its own, so tests share a database without sharing a fund."""

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection, transaction
from djmoney.money import Money

from custody import keys
from custody.files import archive
from custody.kernel.money import yuan
from custody.ledger import door, reads
from custody.ledger.chart import Book
from custody.ledger.entries import AccountRef, credit, debit, entry
from custody.models import Document, Estate, Fund, FundParty, Key, Membership, Operator, Organisation
from custody.proofs import closing

AT = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
OPENED_ON = date(2025, 7, 1)
MADE: list[int] = []
_numbers = itertools.count(1)


def unique(prefix: str) -> str:
    """A code no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def make_operator(organisation: Organisation | None = None, role: str = "keyholder") -> Operator:
    """A person, acting for ``organisation`` since long ago."""
    made = Operator.objects.using("owner").create(username=unique("op"), full_name="测试人员")
    if organisation is not None:
        seat(made, organisation, role, valid_from=date(2020, 1, 1))
    made._state.db = "default"  # for the tests it is as any other row
    return made


def seat(operator: Operator, organisation: Organisation, role: str, **days: date | None) -> None:
    """Seat a person as the tables' owner does for a demonstration: anybody else needs two keys."""
    Membership.objects.using("owner").create(
        operator_id=operator.pk, organisation_id=organisation.pk, role=role, **days
    )


@dataclass(frozen=True)
class TestFund:
    """A fund with its parties and one keyholder each; ``actor`` is the trustee's maker."""

    __test__ = False

    fund: Fund
    trustee: Organisation
    committee: Organisation
    provider: Organisation
    protector: Organisation
    actor: Operator
    trustee_key: Operator
    committee_key: Operator
    provider_clerk: Operator

    def account(self, kind: str, code: str = "", book: str = "operating") -> AccountRef:
        """An account of this fund."""
        return door.open_account(fund_id=self.fund.pk, book=book, kind=kind, code=code)

    def fill(self, amount: str, book: str = "operating") -> int:
        """Put opening money into cash, again only where no bank is; answers the sequence."""
        key = f"handover:{book}"
        if reads.sequence_of(self.fund.pk, key) is not None:
            key = unique("fill")
        posted = door.post(
            entry(
                "handover",
                date(2025, 6, 30),
                (
                    debit(self.account("cash", book=book), yuan(amount)),
                    credit(self.account("corpus", book=book), yuan(amount)),
                ),
                memo="期初移交",
            ),
            key=key,
            actor_id=self.actor.pk,
            at=AT,
        )
        return posted.sequence


def desk_of(trustee: Organisation | str) -> Operator:
    """A maker of the trust company, which comes into being when only its name is known."""
    if isinstance(trustee, str):
        trustee = Organisation.objects.get_or_create(kind="trustee", name=trustee)[0]
    return make_operator(trustee, "maker")


def member_of(fund: Fund, kind: str, role: str) -> Operator:
    """A person of the fund's party of this kind."""
    party = FundParty.objects.select_related("organisation").get(fund=fund, organisation__kind=kind)
    return make_operator(party.organisation, role)


def make_fund() -> TestFund:
    """A new estate with its fund, door, parties and people."""
    code = unique("T")
    estate = Estate.objects.create(
        code=code,
        name=f"测试小区{code}",
        district="成都高新区",
        street="测试街道",
        community="测试社区",
        built_year=1999,
        households=10,
        residential_area=1000,
    )
    fund = Fund.objects.create(estate=estate, code=code, product_code=code, opened_on=OPENED_ON)
    door.open_fund(fund.pk)
    MADE.append(fund.pk)
    organisations = {
        kind: Organisation.objects.create(kind=kind, name=f"{kind}{code}")
        for kind in ("trustee", "committee", "provider", "protector")
    }
    for organisation in organisations.values():
        FundParty.objects.create(fund=fund, organisation=organisation, valid_from=date(2020, 1, 1))
    return TestFund(
        fund=fund,
        trustee=organisations["trustee"],
        committee=organisations["committee"],
        provider=organisations["provider"],
        protector=organisations["protector"],
        actor=make_operator(organisations["trustee"], "maker"),
        trustee_key=make_operator(organisations["trustee"]),
        committee_key=make_operator(organisations["committee"]),
        provider_clerk=make_operator(organisations["provider"], "clerk"),
    )


def balance_after(fund: Fund, amount: str) -> Money:
    """What the bank shows after a line of ``amount``, when the books hold every line before it."""
    books = [reads.balance_or_nothing(fund.pk, book=book, kind="cash").posted for book in Book]
    return sum(books, yuan(amount))


def make_document(fund: Fund, actor: Operator, at: datetime = AT) -> Document:
    """A kept bank statement of bytes no other test has."""
    content = unique("statement").encode()
    kind = Document.Kind.BANK
    return archive.keep(fund=fund, kind=kind, name="bank.xlsx", content=content, actor=actor, at=at)


def at_read_committed() -> None:
    """The transaction just begun reads what is committed, whatever the session is set to: as ours all do."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def propose_closing(fund: Fund, through: date, at: datetime | None = None) -> int:
    """The number of a proposal to close the fund through a day, with both keys on it and not done yet."""
    people = _closers(fund)
    with transaction.atomic():
        at_read_committed()
        return _keyed_closing(fund, through, at or datetime.now(UTC), people)


def close_period(fund: Fund, through: date, at: datetime | None = None) -> None:
    """Close the fund's days through one, by two keys."""
    people = _closers(fund)
    when = at or datetime.now(UTC)
    with transaction.atomic():
        at_read_committed()
        proposal_id = _keyed_closing(fund, through, when, people)
        door.close_period(proposal_id=proposal_id, actor_id=people[0].pk, at=when)


def _closers(fund: Fund) -> tuple[Operator, dict[Key, Operator]]:
    """Who proposes, and who turns which key: there before the transaction, so that they can sign."""
    holders = {which: member_of(fund, kind, "keyholder") for which, kind in keys.HELD_BY.items()}
    return member_of(fund, "trustee", "maker"), holders


def _keyed_closing(
    fund: Fund, through: date, when: datetime, people: tuple[Operator, dict[Key, Operator]]
) -> int:
    maker, holders = people
    row = closing.propose_closing(fund=fund, through=through, actor=maker, at=when)
    for which, holder in holders.items():
        keys.turn(
            kind=closing.PERIOD,
            subject_id=row.pk,
            fund_id=fund.pk,
            which=which,
            actor=holder,
            at=when,
            maker_id=maker.pk,
        )
    return row.pk
