"""A new firm becomes a party, the old one ends: on a day, on two keys, and never past them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from custody.models import Amendment, FundParty, Organisation
from custody.permits.asking import funds_of
from tests.custody.amendments.books import Desk, desk
from tests.custody.ledger.raw import refused, run
from tests.factories import close_period, make_fund, unique

pytestmark = pytest.mark.usefixtures("committed_db")
OLD = "小小物业有限公司"
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def at_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def begins(name: str, on: date = NEW_YEAR, code: str | None = "91510107MA0000003X") -> Sequence[Any]:
    return ("服务商", name, code, on, None)


def ends(name: str = OLD, on: date = date(2025, 12, 31)) -> Sequence[Any]:
    return ("服务商", name, None, None, on)


def firms(at_desk: Desk, on: date) -> list[str]:
    parties = FundParty.objects.filter(
        fund=at_desk.fund, organisation__kind="provider", valid_from__lte=on
    ).exclude(valid_until__lte=on)
    return list(parties.values_list("organisation__name", flat=True))


def test_one_firm_follows_another_on_the_day_they_were_keyed_for(at_desk: Desk) -> None:
    new = unique("新物业")
    amendment = at_desk.proposed("import_parties", at_desk.book("当事人", ends(), begins(new)))
    before = firms(at_desk, NEW_YEAR)
    at_desk.keyed(amendment)

    assert before == [OLD]
    assert (firms(at_desk, date(2025, 12, 31)), firms(at_desk, NEW_YEAR)) == ([OLD], [new])


def test_a_supervising_body_becomes_a_party_and_sees_the_fund(at_desk: Desk) -> None:
    body = unique("住建局")
    at_desk.enacted("import_parties", "当事人", ("监管部门", body, None, NEW_YEAR, None))
    organisation = Organisation.objects.get(kind="regulator", name=body)

    assert funds_of(organisation, date(2025, 12, 31)) == []
    assert funds_of(organisation, NEW_YEAR) == [at_desk.fund]


def test_a_firm_known_by_name_serves_again_and_one_of_another_code_is_refused(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    new = unique("新物业")
    Organisation.objects.create(kind="provider", name=new, credit_code="91510107MA0000009X")
    with pytest.raises(CommandError):
        at_desk.proposed("import_parties", at_desk.book("当事人", begins(new)))
    assert "91510107MA0000009X" in capsys.readouterr().err

    at_desk.enacted("import_parties", "当事人", begins(new, code=None))
    assert Organisation.objects.filter(kind="provider", name=new).count() == 1


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("服务商", "某物业", None, NEW_YEAR, None), "应填统一社会信用代码"),
        (("服务商", OLD, None, NEW_YEAR, date(2026, 2, 1)), "填且只填一项"),
        (("服务商", OLD, None, None, None), "填且只填一项"),
        (("服务商", OLD, None, NEW_YEAR, None), "已是本信托的当事人"),
        (("服务商", "别家物业", None, None, NEW_YEAR), "不是本信托现在的当事人"),
        (("业委会", "别家业委会", None, NEW_YEAR, None), "应为其中之一"),
        (("受托人", "别家信托", None, NEW_YEAR, None), "应为其中之一"),
    ],
)
def test_what_is_no_change_of_a_party_is_refused(
    at_desk: Desk, row: Sequence[Any], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError):
        at_desk.proposed("import_parties", at_desk.book("当事人", row))
    assert sentence in capsys.readouterr().err


def test_no_party_begins_or_ends_in_a_closed_period(
    at_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    through = date(2025, 10, 31)
    close_period(at_desk.fund, through, at_desk.at)
    for row in (begins(unique("新"), on=through), ends(on=date(2025, 10, 30))):
        with pytest.raises(CommandError):
            at_desk.proposed("import_parties", at_desk.book("当事人", row))
        assert "账期已关闭至" in capsys.readouterr().err


# ---- by raw SQL, as the application ----

JOIN = (
    "INSERT INTO custody_fundparty (fund_id, organisation_id, valid_from, enacts_id) VALUES (%s, %s, %s, %s)"
)
END = "UPDATE custody_fundparty SET valid_until = %s, ended_by_id = %s WHERE id = %s"


def party(at_desk: Desk, kind: str = "provider") -> FundParty:
    return FundParty.objects.get(fund=at_desk.fund, organisation__kind=kind)


def by_hand(at_desk: Desk, *rows: Sequence[Any]) -> Amendment:
    amendment = at_desk.proposed("import_parties", at_desk.book("当事人", *rows))
    at_desk.keyed_by_hand(amendment)
    return amendment


@pytest.mark.parametrize("kind", ["provider", "trustee", "regulator"])
def test_nobody_joins_the_deed_past_the_keys(at_desk: Desk, kind: str) -> None:
    stranger = Organisation.objects.create(kind=kind, name=unique("stranger"))
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", JOIN, [at_desk.fund.pk, stranger.pk, NEW_YEAR, None])


def test_nobody_joins_but_who_was_keyed(at_desk: Desk) -> None:
    amendment = by_hand(at_desk, begins(unique("新")))
    stranger = Organisation.objects.create(kind="trustee", name=unique("stranger"))
    with refused(constraint="changed_as_keyed", using="default"):
        run("default", JOIN, [at_desk.fund.pk, stranger.pk, NEW_YEAR, amendment.rows.get().pk])


def test_a_session_that_lives_in_the_past_changes_no_party(at_desk: Desk) -> None:
    """A key taken back since it began is not seen there."""
    new = Organisation.objects.create(kind="provider", name=unique("新"), credit_code="91510107MA0000003X")
    joining, ending = by_hand(at_desk, begins(new.name)), by_hand(at_desk, ends())
    old = party(at_desk)
    for statement, parameters in (
        (JOIN, [at_desk.fund.pk, new.pk, NEW_YEAR, joining.rows.get().pk]),
        (END, [ending.rows.get().facts["valid_until"], ending.rows.get().pk, old.pk]),
    ):
        with refused(constraint="guards_read_what_is_committed", using="default"):
            run("default", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            run("default", statement, parameters)


@pytest.mark.parametrize("kind", ["committee", "trustee", "provider"])
def test_nobody_is_put_out_of_the_deed_past_the_keys(at_desk: Desk, kind: str) -> None:
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", END, ["2026-01-01", None, party(at_desk, kind).pk])


@pytest.mark.parametrize(("kind", "on"), [("provider", "2025-12-01"), ("committee", "2026-01-01")])
def test_nobody_else_and_no_other_day_ends_than_was_keyed(at_desk: Desk, kind: str, on: str) -> None:
    amendment = by_hand(at_desk, ends())
    with refused(constraint="changed_by_two_keys", using="default"):
        run("default", END, [on, amendment.rows.get().pk, party(at_desk, kind).pk])


def test_an_organisation_has_one_part_at_a_time(at_desk: Desk) -> None:
    with refused(constraint="party_one_part_at_a_time"):
        run("owner", JOIN, [at_desk.fund.pk, party(at_desk).organisation_id, NEW_YEAR, None])


def test_no_committee_serves_two_estates_whatever_a_session_sees(committed_db: None) -> None:
    """At REPEATABLE READ the part begun meanwhile in another fund is not seen, and yet refuses."""
    here, elsewhere = make_fund(), make_fund()
    committee = Organisation.objects.create(kind="committee", name=unique("业委会"))
    with refused(state="40001", using="default"):
        run("default", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        run("default", "SELECT 1 FROM custody_fundparty LIMIT 1")
        run("owner", JOIN, [here.fund.pk, committee.pk, NEW_YEAR, None])
        run("default", JOIN, [elsewhere.fund.pk, committee.pk, NEW_YEAR, None])
    with refused(constraint="body_of_its_own_estate", using="default"):
        run("default", JOIN, [elsewhere.fund.pk, committee.pk, NEW_YEAR, None])
    with refused(state="42501", using="default"):
        run("default", "INSERT INTO custody_own_estate VALUES (1, 1)")
