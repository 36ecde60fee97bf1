"""Cash moves by the bank's lines alone, each once: typed as the application through the ledger's own door."""

import pytest

from custody.kernel.errors import Rejected
from custody.kernel.money import yuan
from custody.ledger import door
from custody.ledger.entries import credit, debit, entry
from custody.models import BankLine, Document, Resolution
from tests import factories
from tests.custody.ledger.raw import refused, run
from tests.factories import unique
from tests.settlement.desk import AT, PAY_ON, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
POST = (
    "SELECT ledger_post(%(fund)s, %(actor)s, now(), %(key)s, %(template)s, %(on)s, '', %(source)s,"
    " %(reverses)s, NULL, %(accounts)s::integer[], %(amounts)s::numeric[])"
)
MANY = (
    "SELECT ledger_post_many(%(fund)s, %(actor)s, now(), %(keys)s, ARRAY['typed', 'typed'],"
    " ARRAY[%(on)s, %(on)s]::date[], ARRAY['', ''], ARRAY['', ''], ARRAY[NULL, NULL]::integer[], NULL,"
    " ARRAY[2, 2]::smallint[], %(accounts)s::integer[], %(amounts)s::numeric[])"
)


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider(maintenance="3000")


def line(desk: Provider, amount: str = "70") -> BankLine:
    """A line the bank's file brought, not booked yet."""
    return BankLine.objects.create(
        fund=desk.at.fund, account=desk.bank, position=desk.bank.lines.count() + 1, row=1,
        source_file=factories.make_document(desk.at.fund, desk.at.actor, AT), booked_on=PAY_ON,
        amount=yuan(amount), balance=factories.balance_after(desk.at.fund, amount),
    )  # fmt: skip


def key_of(cited: BankLine, tail: str = "") -> str:
    return f"bank:{cited.account.number}:{cited.position}{tail}"


def typed(desk: Provider, key: str, *lines: tuple[str, str], book: str = "operating", **said: object) -> int:
    """One entry as anybody with the application's login could type it; answers its sequence."""
    facts = {
        "fund": desk.at.fund.pk, "actor": desk.at.actor.pk, "key": key, "template": "typed", "on": PAY_ON,
        "source": "", "reverses": None,
        "accounts": [desk.at.account(kind, book=book).id for kind, _amount in lines],
        "amounts": [amount for _kind, amount in lines],
    } | said  # fmt: skip
    return int(run("default", POST, facts)[0][0])


def refuses(desk: Provider, name: str, key: str, *lines: tuple[str, str], **said: object) -> None:
    for kind, _amount in lines:
        desk.at.account(kind)
    with refused(constraint=name, using="default"):
        typed(desk, key, *lines, **said)  # type: ignore[arg-type]
        run("default", "SET CONSTRAINTS ALL IMMEDIATE")


def money(amount: str, against: str = "suspense") -> tuple[tuple[str, str], tuple[str, str]]:
    return ("cash", amount), (against, amount[1:] if amount.startswith("-") else f"-{amount}")


# ------------------------------------------------------------------------------------------- cash


@pytest.mark.parametrize("template", ["typed", "handover", "interest_received", "book_transfer"])
def test_cash_without_a_bank_line_is_refused_whatever_it_is_called(desk: Provider, template: str) -> None:
    refuses(desk, "cash_cites_its_bank_line", unique("k"), *money("7"), template=template)


def test_a_handover_is_posted_once_a_book_and_before_the_trusts_first_day(desk: Provider) -> None:
    named = {"template": "handover"}
    refuses(
        desk, "cash_cites_its_bank_line", "handover:none", *money("7", "corpus"), on="2025-06-30", **named
    )
    empty = make_provider(cash="0")
    refuses(empty, "cash_cites_its_bank_line", "handover:operating", *money("7", "corpus"), **named)
    typed(empty, "handover:operating", *money("7", "corpus"), on="2025-06-30", **named)


def test_a_line_is_booked_whole(desk: Provider) -> None:
    cited = line(desk)
    for amount in ("69.99", "70.01", "-70", "140"):
        refuses(desk, "bank_line_moves_its_amount", key_of(cited), *money(amount, "grant"))
    typed(desk, key_of(cited), *money("70"))


def test_a_line_is_booked_in_its_fund_alone(desk: Provider) -> None:
    refuses(make_provider(), "key_names_its_bank_line", key_of(line(desk)), *money("70"))


def test_what_is_undone_may_be_booked_again_once(desk: Provider) -> None:
    cited = line(desk)
    first = typed(desk, key_of(cited), *money("70"))
    typed(desk, key_of(cited, f":undone:{first}"), *money("-70"), reverses=first)
    for amount in ("69", "140"):
        refuses(desk, "bank_line_moves_its_amount", key_of(cited, f":identified:{first}"), *money(amount))
    typed(desk, key_of(cited, f":identified:{first}"), *money("70", "grant"))
    refuses(desk, "bank_line_moves_its_amount", key_of(cited, f":other:{first}"), *money("70", "grant"))


def test_two_in_one_call_do_not_book_one_line_twice(desk: Provider) -> None:
    cited = line(desk)
    accounts = [desk.at.account(kind).id for kind in ("cash", "suspense", "cash", "suspense")]
    facts = {
        "fund": desk.at.fund.pk, "actor": desk.at.actor.pk, "on": PAY_ON, "accounts": accounts,
        "amounts": ["70", "-70", "70", "-70"],
    }  # fmt: skip
    for keys in (
        [key_of(cited), unique("k")],
        [unique("k"), unique("k")],
        [key_of(cited), key_of(cited, ":a:1")],
    ):
        with refused(using="default"):
            run("default", MANY, facts | {"keys": keys})
    run("default", MANY, facts | {"keys": [key_of(cited), key_of(line(desk))]})


def test_a_resolved_transfer_between_books_moves_none_of_the_funds_cash(desk: Provider) -> None:
    Resolution.objects.create(fund=desk.at.fund, reference="R9", resolved_on="2025-07-01", title="划转")
    operating, maintenance = (desk.at.account("cash", book=book) for book in ("operating", "maintenance"))
    other = desk.at.account("book_transfer")
    resolved = {"template": "book_transfer", "source": "resolution:R9"}

    def transfer(*lines: tuple[int, str]) -> None:
        typed(
            desk, unique("t"), accounts=[each for each, _ in lines], amounts=[each for _, each in lines],
            **resolved,
        )  # fmt: skip

    with refused(constraint="cash_cites_its_bank_line", using="default"):
        transfer((operating.id, "-5"), (maintenance.id, "4"), (other.id, "1"))
    transfer((operating.id, "-5"), (maintenance.id, "5"))


def test_it_is_said_in_a_sentence(desk: Provider) -> None:
    lines = (debit(desk.at.account("cash"), yuan(1)), credit(desk.at.account("grant"), yuan(1)))
    with pytest.raises(Rejected, match="须依据一笔银行流水"):
        door.post(entry("typed", PAY_ON, lines), key=unique("k"), actor_id=desk.at.actor.pk, at=AT)


# ------------------------------------------------------------------------------------- squatted keys


@pytest.mark.parametrize("tail", ["", ":undone:1", ":identified:1", ":anything", ":a:b:1"])
def test_a_key_of_a_line_to_come_is_taken_by_nobody(desk: Provider, tail: str) -> None:
    key = f"bank:{desk.bank.number}:1{tail}"
    refuses(desk, "key_names_its_bank_line", key, ("corpus", "7"), ("grant", "-7"))


def test_the_key_under_which_a_line_will_be_booked_again_is_taken_by_nobody(desk: Provider) -> None:
    cited = line(desk)
    first = typed(desk, key_of(cited), *money("70"))
    for word in ("undone", "identified", "undoes"):
        key = key_of(cited, f":{word}:{first}")
        refuses(desk, "key_names_its_bank_line", key, ("corpus", "7"), ("grant", "-7"))


def test_the_key_of_an_order_to_come_is_taken_by_nobody(desk: Provider) -> None:
    refuses(desk, "key_names_its_order", "order:QR1", ("in_transit", "7"), ("property_fee", "-7"))
    for key in ("order:QR1", "order:QR1:void"):
        refuses(desk, "key_names_its_order", key, ("corpus", "7"), ("grant", "-7"))


# ------------------------------------------------------------------------- in transit, and placements


@pytest.mark.parametrize("key", ["k", "revenue:1"])
def test_money_in_transit_cites_an_order_or_a_batch(desk: Provider, key: str) -> None:
    lines = (("in_transit", "7"), ("property_fee", "-7"))
    refuses(desk, "in_transit_cites_its_order_or_batch", unique(key), *lines, source="revenue:none")


def test_a_placement_cites_its_order(desk: Provider) -> None:
    cited = line(desk, "-70")
    refuses(desk, "placement_cites_its_order", key_of(cited), *money("-70", "placement"))
    refuses(desk, "placement_cites_its_order", unique("k"), ("placement", "7"), ("grant", "-7"))


# ---------------------------------------------------------------------------------------- bank lines


def test_a_bank_line_comes_from_a_file_of_the_banks(desk: Provider) -> None:
    paper = factories.make_document(desk.at.fund, desk.at.actor, AT)
    Document.objects.bulk_create(
        [Document(fund=desk.at.fund, kind=Document.Kind.WORK, name="x", sha256="0" * 64, size=1,
                  retention="years30", kept_at=AT, kept_by=desk.at.actor)]
    )  # fmt: skip
    other = Document.objects.get(fund=desk.at.fund, kind=Document.Kind.WORK)
    made = line(desk)
    columns = "fund_id, account_id, booked_on, amount, amount_currency, balance, balance_currency"
    empty = "counterparty_name, counterparty_account, summary, memo, voucher"

    def copied(source: Document, position: int) -> None:
        run(
            "default",
            f"INSERT INTO custody_bankline ({columns}, {empty}, row, position, source_file_id)"
            f" SELECT {columns}, {empty}, row, %s, %s FROM custody_bankline WHERE id = %s",
            [position, source.pk, made.pk],
        )

    with refused(constraint="bank_line_from_a_bank_file", using="default"):
        copied(other, 100)
    copied(paper, 100)
