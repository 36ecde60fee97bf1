"""Files handed in on a page: recognised, rehearsed, confirmed, taken in once; refused with every sentence."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, ProgrammingError, connections
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from custody.files.intake import Handed
from custody.models import BankLine, Document, Operator, RefusedAttempt, Upload, UploadState
from custody.money_in import uploads
from tests.custody.money_in.small import Said, Small, small_estate
from tests.factories import make_fund, make_operator, member_of
from tests.pages import browser_of

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def statement(small: Small, *amounts: str) -> bytes:
    said = [Said("2025-07-20", amount, "路人", "6222009") for amount in amounts or ("100.50",)]
    return small.statement(said).read_bytes()


def hand_in(
    small: Small, content: bytes, *, ticket: str = "", by: Operator | None = None, name: str = "七月.csv"
) -> HttpResponse:
    said = {
        "ticket": ticket or str(uuid.uuid4()),
        "fund": small.fund.code,
        "file": SimpleUploadedFile(name, content),
    }
    return browser_of(by or small.actor).post("/desk/imports/", said)  # type: ignore[return-value]


def newest(small: Small) -> Upload:
    return Upload.objects.filter(fund=small.fund).latest("pk")


def line_count(small: Small) -> int:
    return BankLine.objects.filter(fund=small.fund).count()


def confirm(small: Small, by: Operator | None = None) -> HttpResponse:
    return browser_of(by or small.actor).post(f"/desk/imports/{newest(small).pk}/confirm/")  # type: ignore[return-value]


def test_a_file_is_rehearsed_before_anything_is_written(small: Small) -> None:
    answer = hand_in(small, statement(small))
    row = newest(small)
    page = browser_of(small.actor).get(answer["Location"]).content.decode()

    assert answer["Location"] == f"/desk/imports/{row.pk}/"
    assert (row.state, row.kind, line_count(small)) == (UploadState.REHEARSED, "bank", 0)
    assert "试读结果" in page
    assert "新增流水" in page
    assert "确认导入" in page
    assert not Document.objects.filter(fund=small.fund, kind="bank").exists()


def test_confirmed_twice_it_is_taken_in_once(small: Small) -> None:
    hand_in(small, statement(small))
    for _ in range(2):
        confirm(small)

    assert (newest(small).state, line_count(small)) == (UploadState.TAKEN, 1)
    assert newest(small).outcome["counts"][1] == ["新增流水", 1]


def test_the_same_form_sent_twice_is_one_upload(small: Small) -> None:
    ticket, content = str(uuid.uuid4()), statement(small)
    where = {hand_in(small, content, ticket=ticket)["Location"] for _ in range(2)}

    assert len(where) == 1


def test_another_persons_ticket_is_not_there(small: Small) -> None:
    ticket = str(uuid.uuid4())
    hand_in(small, statement(small), ticket=ticket)
    other = member_of(small.fund, "trustee", "maker")

    assert "没有这份上传" in hand_in(small, b"x", ticket=ticket, by=other).content.decode()


def test_the_same_file_again_is_told_to_hold_nothing_new(small: Small) -> None:
    content = statement(small)
    hand_in(small, content)
    confirm(small)
    page = browser_of(small.actor).get(hand_in(small, content)["Location"]).content.decode()

    assert newest(small).outcome["already_done"]
    assert "没有新内容" in page


def test_a_file_with_faults_shows_each_sentence_and_writes_nothing(small: Small) -> None:
    content = statement(small).replace(b"1600.50", b"1700.50")
    page = browser_of(small.actor).get(hand_in(small, content)["Location"]).content.decode()
    row = newest(small)

    assert (row.state, line_count(small)) == (UploadState.REFUSED, 0)
    assert row.faults
    assert row.faults[0].split("：")[0] in page
    assert confirm(small).status_code == 302
    assert newest(small).state == UploadState.REFUSED


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg onload=alert(1)>"),
        ("a.html", b"<script>1</script>"),
        ("a.exe", b"MZ\0\0"),
        ("a.csv", b"\0\1"),
    ],
)
def test_what_is_no_statement_is_refused_harmless(small: Small, name: str, content: bytes) -> None:
    page = browser_of(small.actor).get(hand_in(small, content, name=name)["Location"]).content.decode()

    assert newest(small).state == UploadState.REFUSED
    assert content.decode("latin-1") not in page


def test_no_file_is_said_on_the_form(small: Small) -> None:
    said = {"ticket": str(uuid.uuid4()), "fund": small.fund.code}
    page = browser_of(small.actor).post("/desk/imports/", said)

    assert (page.status_code, "请选一个文件" in page.content.decode()) == (422, True)
    assert browser_of(small.actor).post("/desk/imports/", said | {"ticket": "x"}).status_code == 400


def test_each_kind_of_file_is_known_by_its_columns(small: Small) -> None:
    orders = small.channel(("A1", "2025-07-01 08:00:00", "5-1-101", "赵一", "100.50", "0.10"))
    revenue = small.revenue(("2025-07-01", "停车费", "川A1", "票1", "5.00", "B1"))
    known = [uploads.recognised(Handed(each.name, each.read_bytes())) for each in (orders, revenue)]

    assert [*known, uploads.recognised(Handed("x.txt", b":20:MT940"))] == ["channel", "revenue", "bank"]


def test_an_order_file_is_taken_in_as_one(small: Small) -> None:
    hand_in(
        small, small.channel(("A1", "2025-07-01 08:00:00", "5-1-101", "赵一", "100.50", "0.10")).read_bytes()
    )
    confirm(small)

    assert (newest(small).kind, newest(small).state) == ("channel", UploadState.TAKEN)


def test_a_run_that_died_is_taken_up_again_and_a_live_one_left_alone(small: Small) -> None:
    hand_in(small, statement(small))
    row = newest(small)
    Upload.objects.filter(pk=row.pk).update(state=UploadState.TAKING, confirmed_by=small.actor)
    browser_of(small.actor).post(f"/desk/imports/{row.pk}/resume/")
    alive = line_count(small)
    Upload.objects.filter(pk=row.pk).update(moved_at=row.moved_at - timedelta(hours=1))
    page = browser_of(small.actor).get(f"/desk/imports/{row.pk}/").content.decode()
    browser_of(small.actor).post(f"/desk/imports/{row.pk}/resume/")

    assert "接着做不会重复入账" in page
    assert (alive, line_count(small), newest(small).state) == (0, 1, UploadState.TAKEN)


def test_whoever_lost_the_role_meanwhile_takes_nothing_in(small: Small) -> None:
    hand_in(small, statement(small))
    trustee = small.actor.memberships.get().organisation
    viewer = make_operator(trustee, "viewer")

    assert confirm(small, viewer).status_code == 403
    assert hand_in(small, statement(small), by=viewer).status_code == 403
    assert line_count(small) == 0
    assert RefusedAttempt.objects.filter(operator=viewer, act="import_bank_statement").count() == 2


def test_another_funds_upload_is_not_there(small: Small) -> None:
    hand_in(small, statement(small))
    stranger, number = browser_of(make_fund().actor), newest(small).pk
    said = {"ticket": str(uuid.uuid4()), "fund": small.fund.code}

    assert [
        stranger.get(f"/desk/imports/{number}/").status_code,
        stranger.post(f"/desk/imports/{number}/confirm/").status_code,
        stranger.post(f"/desk/imports/{number}/resume/").status_code,
        stranger.post("/desk/imports/", said).status_code,
        stranger.get(f"/desk/imports/{2**63}/").status_code,
    ] == [404] * 5


@pytest.mark.parametrize("sql", ["UPDATE custody_upload SET content = ''", "DELETE FROM custody_upload"])
def test_the_application_cannot_change_the_bytes_or_drop_the_row(small: Small, sql: str) -> None:
    hand_in(small, statement(small))

    with pytest.raises((ProgrammingError, InternalError)), connections["default"].cursor() as cursor:
        cursor.execute(sql)


def test_how_far_it_is_shows_while_it_runs(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TOLD_EVERY_SECONDS", 0.0)
    hand_in(small, statement(small, "100.50", "50.00"))
    confirm(small)

    assert (newest(small).reached, newest(small).total) == (2, 2)


def test_the_list_asks_the_database_seldom(
    small: Small, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    hand_in(small, statement(small))
    browser = browser_of(small.actor)
    browser.get("/desk/imports/")
    for address in ("/desk/imports/", f"/desk/imports/{newest(small).pk}/"):
        with django_assert_max_num_queries(12):
            page = browser.get(address)
        assert (page.status_code, len(page.content) < 60_000) == (200, True)
