"""A bank file that names our account and does not add up stops the fund until a whole one replaces it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from custody.files.faults import Refused
from custody.kernel.errors import Rejected
from custody.models import Document
from custody.money_in import breaks, broken_files
from custody.money_in.bank_statements import import_statements
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")
JULY = (Said("2025-07-02", "10.00", "赵一"), Said("2025-07-03", "5.00"))
AUGUST = (Said("2025-08-02", "20.00", "钱二"), Said("2025-08-09", "7.00", "某某"))
NOTE = (
    "INSERT INTO custody_broken_file (fund_id, name, sha256, first_on, last_on, reason, actor_id, seen_at)"
    " VALUES (%s, 'x', repeat('0', 64), '2025-07-02', '2025-07-03', 'x', %s, '2001-01-01Z')"
)
REPLACE = (
    "INSERT INTO custody_broken_file_replaced (broken_id, document_id, actor_id, replaced_at)"
    " SELECT id, %s, actor_id, now() FROM custody_broken_file WHERE fund_id = %s"
)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def take(small: Small, *paths: Path, dry_run: bool = False) -> None:
    import_statements(fund=small.fund, paths=paths, actor=small.actor, at=AT, dry_run=dry_run)


def spoilt(path: Path) -> Path:
    """The same file with its last balance a fen more."""
    before, _, after = path.read_text(encoding="utf-8").rpartition("1515.00")
    assert before
    path.write_text(f"{before}1515.01{after}", encoding="utf-8")
    return path


def not_taken(small: Small, *paths: Path, dry_run: bool = False) -> None:
    with pytest.raises(Refused):
        take(small, *paths, dry_run=dry_run)


def blocked(small: Small) -> bool:
    try:
        breaks.refuse_release(small.fund.pk)
    except Rejected:
        return True
    return False


def test_a_file_whose_balances_do_not_follow_stops_the_fund(small: Small) -> None:
    not_taken(small, spoilt(small.statement(JULY)))

    assert blocked(small)
    assert [str(each.last_on) for each in broken_files.waiting_files(small.fund.pk)] == ["2025-07-03"]


def test_a_file_that_contradicts_what_is_stored_stops_the_fund(small: Small) -> None:
    take(small, small.statement(JULY))
    not_taken(small, small.statement(AUGUST, opening="9.00"))

    assert blocked(small)


def test_the_whole_file_opens_the_fund_again(small: Small) -> None:
    not_taken(small, spoilt(small.statement(JULY)))
    take(small, small.statement(JULY))

    assert not blocked(small)


def test_the_whole_file_taken_in_before_opens_it_when_handed_in_again(small: Small) -> None:
    whole = small.statement(JULY)
    content = whole.read_bytes()
    take(small, whole)
    not_taken(small, spoilt(whole))
    assert blocked(small)
    whole.write_bytes(content)

    take(small, whole)

    assert not blocked(small)


def test_a_whole_file_of_other_days_does_not(small: Small) -> None:
    whole = small.statement(JULY[:1])
    take(small, whole)
    not_taken(small, spoilt(small.statement(JULY)))

    take(small, whole)

    assert blocked(small)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 no workbook", "日期,金额\n昨天,很多\n".encode()])
def test_junk_stops_nothing(small: Small, content: bytes) -> None:
    path = small.folder / "junk.csv"
    path.write_bytes(content)
    not_taken(small, path)

    assert not blocked(small)


@pytest.mark.parametrize("account", [None, "6222000000000000009"])
def test_a_file_that_does_not_name_our_account_stops_nothing(small: Small, account: str | None) -> None:
    not_taken(small, spoilt(small.statement(JULY, account=account)))

    assert not blocked(small)


def test_a_rehearsal_stops_nothing(small: Small) -> None:
    not_taken(small, spoilt(small.statement(JULY)), dry_run=True)

    assert not blocked(small)


def test_it_is_noted_once_with_who_handed_it_in(small: Small) -> None:
    path = spoilt(small.statement(JULY))
    not_taken(small, path)
    not_taken(small, path)

    rows = run(
        "default", "SELECT actor_id, name FROM custody_broken_file WHERE fund_id = %s", (small.fund.pk,)
    )
    assert rows == [(small.actor.pk, path.name)]


def test_it_is_shown(small: Small) -> None:
    path = spoilt(small.statement(JULY))
    not_taken(small, path)
    said = StringIO()

    call_command("show_suspense", f"--fund={small.fund.code}", stdout=said)

    assert f"{path.name}（2025-07-02 至 2025-07-03）余额衔接不上" in said.getvalue().replace("\n", "")


# ----------------------------------------------------------------------------------- past Python


@pytest.mark.parametrize("table", ["custody_broken_file", "custody_broken_file_replaced"])
@pytest.mark.parametrize(
    "verb", ["UPDATE {} SET actor_id = actor_id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_what_was_noted_stays(table: str, verb: str) -> None:
    with refused(state="42501", using="default"):
        run("default", verb.format(table))
    with refused(constraint="append_only"):
        run("owner", verb.format(table))


def test_the_database_dates_it(small: Small) -> None:
    run("default", NOTE, (small.fund.pk, small.actor.pk))

    query = "SELECT seen_at > '2002-01-01Z' FROM custody_broken_file WHERE fund_id = %s"
    assert run("default", query, (small.fund.pk,)) == [(True,)]


@pytest.mark.parametrize("role", ["default", "owner"])
def test_no_other_document_replaces_it(small: Small, role: str) -> None:
    take(small, small.statement(JULY))
    run("default", NOTE, (small.fund.pk, small.actor.pk))
    estate = Document.objects.get(fund=small.fund, kind=Document.Kind.ESTATE)

    with refused(constraint="broken_file_replaced_by_a_whole_one", using=role):
        run(role, REPLACE, (estate.pk, small.fund.pk))


@pytest.mark.parametrize("role", ["default", "owner"])
def test_no_file_replaces_it_before_the_banks_lines_reach_as_far(small: Small, role: str) -> None:
    take(small, small.statement(JULY[:1]))
    run("default", NOTE, (small.fund.pk, small.actor.pk))
    bank = Document.objects.get(fund=small.fund, kind=Document.Kind.BANK)

    with refused(constraint="broken_file_replaced_by_a_whole_one", using=role):
        run(role, REPLACE, (bank.pk, small.fund.pk))
