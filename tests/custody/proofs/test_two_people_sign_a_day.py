"""The proof of a day takes two people of the trust company: in services, on the page, and by any hand."""

import uuid
from datetime import date
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from custody.files.intake import Handed
from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.models import Approval, BankLine, DaySheet, Key, Operator, OrganisationKind, SigningList
from custody.money_in.identifying import IncomePart, identify_receipt
from custody.proofs.day_signing import DAY, day_sheets, prepare_day, sheets_to_sign, sign_day
from custody.web.handed import base64url
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import AT, Said, Small, small_estate
from tests.factories import make_fund, make_operator, member_of
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")
PROVEN, BROKEN, UNSAID = date(2025, 7, 20), date(2025, 7, 22), date(2025, 7, 25)
PREPARED = (
    "INSERT INTO custody_daysheet (fund_id, day, bank, book, in_transit, last_entry, chain, prepared_by_id,"
    " prepared_at) VALUES (%s, %s, 1, 1, 0, 1, '', %s, now())"
)
KEYED = (
    "INSERT INTO custody_approval (fund_id, subject_kind, subject_id, key, operator_id, organisation_id,"
    " content_sha256, signed_id, given_at)"
    " SELECT %(fund)s, 'day', %(sheet)s, %(key)s, %(person)s, m.organisation_id,"
    " custody_day_content(%(sheet)s), %(mark)s, now()"
    " FROM custody_membership m WHERE m.operator_id = %(person)s"
)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A receipt on 20 July and a payment nobody explains on the 22nd."""
    made = small_estate(tmp_path)
    made.take(Said("2025-07-20", "100.50", "路人", "6222009"), Said("2025-07-22", "-30.00", "不知道"))
    return made


def prepared(small: Small, day: date = PROVEN, by: Operator | None = None) -> DaySheet:
    return prepare_day(fund=small.fund, day=day, actor=by or small.actor, at=AT)


def keyholder(small: Small, kind: str = OrganisationKind.TRUSTEE) -> Operator:
    return member_of(small.fund, kind, "keyholder")


def sign(row: DaySheet, person: Operator, which: Key = Key.RELEASE) -> None:
    sign_day(sheet_id=row.pk, which=which, actor=person, at=AT)


def find_whose_it_is(small: Small) -> None:
    """The receipt of the day is somebody's advertising: booked anew, on the same day."""
    line = BankLine.objects.get(fund=small.fund, booked_on=PROVEN)
    identify_receipt(
        line=line, parts=[IncomePart("advertising", line.amount)], evidence=Handed("合同.txt", b"x"),
        actor=small.actor, at=AT,
    )  # fmt: skip


def test_a_day_is_signed_by_another_than_prepared_it(small: Small) -> None:
    holder, second = keyholder(small), keyholder(small)
    row = prepared(small, by=holder)
    with pytest.raises(Forbidden):
        sign(row, holder)
    sign(row, second)

    (sheet,) = day_sheets([small.fund], PROVEN, PROVEN)
    assert (sheet.number, sheet.signed_by, row.bank, row.book) == (
        row.pk, second.full_name, row.book, row.bank,
    )  # fmt: skip
    assert sheets_to_sign([small.fund]) == []


@pytest.mark.parametrize(
    ("day", "refusal"),
    [(BROKEN, Conflict), (UNSAID, Conflict), (date(2025, 6, 1), Rejected), (date(2025, 10, 10), Rejected)],
)
def test_what_is_not_proven_is_not_prepared(small: Small, day: date, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        prepared(small, day)


def test_the_figures_are_the_databases_whatever_the_row_says(small: Small) -> None:
    run("default", PREPARED, (small.fund.pk, PROVEN, small.actor.pk))
    row = DaySheet.objects.get(fund=small.fund)

    assert (str(row.bank), str(row.book), len(row.chain), row.last_entry > 1) == (
        "1600.50", "1600.50", 64, True,
    )  # fmt: skip


@pytest.mark.parametrize("role", ["default", "owner"])
def test_no_hand_writes_an_unproven_day_or_changes_a_sheet(small: Small, role: str) -> None:
    stranger = make_operator(make_fund().trustee, "maker")
    for person, day, constraint in (
        (small.actor, BROKEN, "day_is_proven"),
        (small.actor, UNSAID, "day_is_proven"),
        (stranger, PROVEN, "day_prepared_by_the_desk"),
        (keyholder(small, "committee"), PROVEN, "day_prepared_by_the_desk"),
    ):
        with refused(constraint=constraint, using=role):
            run(role, PREPARED, (small.fund.pk, day, person.pk))
    row = prepared(small)
    with refused(using=role):
        run(role, "UPDATE custody_daysheet SET bank = 0 WHERE id = %s", (row.pk,))
    with refused(using=role):
        run(role, "DELETE FROM custody_daysheet WHERE id = %s", (row.pk,))


@pytest.mark.parametrize("role", ["default", "owner"])
def test_no_hand_types_the_key_of_the_preparer_or_of_the_committee(small: Small, role: str) -> None:
    holder, owner = keyholder(small), keyholder(small, "committee")
    row = prepared(small, by=holder)
    for person, key in ((holder, Key.RELEASE), (owner, Key.APPROVE)):
        mark = signing.mark_present(person, _organisation(person), DAY, row.pk, key.value)
        asked = {
            "fund": small.fund.pk, "sheet": row.pk, "key": key.value, "person": person.pk, "mark": mark,
        }  # fmt: skip
        with refused(constraint="day_signed_by_another", using=role):
            run(role, KEYED, asked)
    with pytest.raises(Forbidden):
        sign(row, owner, Key.APPROVE)


@pytest.mark.parametrize("role", ["default", "owner"])
def test_what_is_booked_into_the_day_takes_the_signature_with_it(small: Small, role: str) -> None:
    holder = keyholder(small)
    sign(prepared(small), holder)
    stale = DaySheet.objects.get(fund=small.fund)
    find_whose_it_is(small)
    mark = signing.mark_present(second := keyholder(small), _organisation(second), DAY, stale.pk, "release")

    assert day_sheets([small.fund], PROVEN, PROVEN) == []
    with pytest.raises(Conflict):
        sign(stale, second)
    with refused(constraint="day_signed_as_it_stands", using=role):
        run(role, KEYED, {
            "fund": small.fund.pk, "sheet": stale.pk, "key": "release", "person": second.pk, "mark": mark,
        })  # fmt: skip
    sign(prepared(small), second)
    assert [each.signed_by for each in day_sheets([small.fund], PROVEN, PROVEN)] == [second.full_name]


def test_a_day_is_prepared_and_signed_on_the_page(
    small: Small, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    maker, holder = browser_of(small.actor), keyholder(small)
    signer, address = browser_of(holder), f"/desk/days/{PROVEN}/"
    asked = {"fund": small.fund.code}
    first = [maker.post(f"{address}prepare/", asked).status_code for _ in range(2)]
    with django_assert_max_num_queries(12):
        page = signer.get(address).content.decode()
    (row,) = DaySheet.objects.filter(fund=small.fund)
    item = f"{small.fund.code}|day|{row.pk}"
    own = maker.get(address).content.decode()
    with signing.unsigned():
        opened = signer.post("/acts/", {"list": str(uuid.uuid4()), "item": item})["Location"]
        listed = SigningList.objects.get(pk=opened.strip("/").split("/")[-1])
        public_key, held = signing.enrolled(holder, _organisation(holder))
        signer.post(f"{opened}sign/", {
            "public_key": public_key.pk, "signature": base64url(held.sign(listed.declaration)),
        })  # fmt: skip
    again = maker.post(f"{address}prepare/", asked)

    assert (first, item in page, item in own) == ([302, 302], True, False)
    assert Approval.objects.get(subject_kind=DAY, subject_id=row.pk).operator == holder
    assert holder.full_name in maker.get(address).content.decode()
    assert (again.status_code, holder.full_name in again.content.decode()) == (422, True)


def test_the_page_says_why_a_day_cannot_be_prepared(small: Small) -> None:
    answer = browser_of(small.actor).post(f"/desk/days/{BROKEN}/prepare/", {"fund": small.fund.code})

    assert (answer.status_code, "查明之后才能核对日终" in answer.content.decode()) == (422, True)
    assert not DaySheet.objects.filter(fund=small.fund).exists()


def _organisation(person: Operator) -> int:
    return person.memberships.get().organisation_id
