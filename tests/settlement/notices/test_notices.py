"""Whoever has a turn is told: daily, of urgent matters once each, raised when nobody acts; nothing leaks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.replay.clock import set_clock
from custody.kernel.courier import Letter
from custody.models import Membership, Operator
from settlement.decisions import questions
from settlement.models import Notice, NoticeAttempt, NoticeChoice, NoticeKind, NoticeMode
from settlement.notices.delivering import Delivery, deliver_notice, standing_of
from settlement.notices.outbox import write_notices
from settlement.notices.wanted import choice_of, choose_notices
from tests.concurrency import racing
from tests.custody.ledger.raw import refused, run
from tests.factories import member_of, unique
from tests.pages import browser_of
from tests.settlement.desk import AT, Provider, make_provider

MONDAY = AT  # 10:00 at Shanghai
DAY = timedelta(days=1)


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def at_the_clock(committed_db: None) -> Iterator[None]:
    yield
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE custody_clock SET ahead = '0'")


class Box:
    """A courier that keeps letters, and refuses the first few with an error."""

    def __init__(self, *errors: BaseException) -> None:
        self.letters: list[Letter] = []
        self.errors = list(errors)

    def carry(self, letter: Letter) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.letters.append(letter)


def told(person: Operator) -> list[str]:
    """The kinds of what was written to the person, in order."""
    return list(Notice.objects.filter(operator=person).order_by("pk").values_list("kind", flat=True))


def write(desk: Provider, at: datetime = MONDAY) -> int:
    return write_notices(at=at, fund=desk.at.fund)


def living_at(person: Operator, mode: NoticeMode = NoticeMode.ALL) -> Operator:
    choose_notices(person=person, address=f"{unique('a')}@example.org", mode=mode, at=MONDAY)
    return person


def digest(desk: Provider, person: Operator) -> Notice:
    write(desk)
    return Notice.objects.get(operator=person, kind=NoticeKind.DIGEST)


def test_a_digest_counts_and_sums_and_gives_nothing_away(desk: Provider) -> None:
    desk.verified("1000"), desk.verified("500.50")

    body = digest(desk, desk.at.committee_key).body

    assert f"{desk.at.fund.estate.name}：审批（发票付款） 2 项，共 1,500.50 元，最早 2025-08-04" in body
    assert (desk.payee.number in body, "http" in body) == (False, False)


def test_it_is_one_a_day_on_working_days_from_its_hour_for_whoever_has_a_turn(desk: Provider) -> None:
    desk.verified()
    early, saturday = datetime(2025, 8, 4, 23, 30, tzinfo=UTC), datetime(2025, 8, 9, 4, tzinfo=UTC)

    written = [write(desk), write(desk), write(desk, early), write(desk, early + timedelta(hours=1))]
    before = Notice.objects.filter(kind=NoticeKind.DIGEST, operator=desk.at.committee_key).count()
    write(desk, saturday)

    assert (written[1], written[2]) == (0, 0)
    assert (
        Notice.objects.filter(kind=NoticeKind.DIGEST, operator=desk.at.committee_key).count() == before == 2
    )
    assert told(desk.at.provider_clerk) == told(member_of(desk.at.fund, "protector", "viewer")) == []


def test_two_timers_at_once_tell_once(desk: Provider) -> None:
    desk.bank_line("-260", "年检", summary="年检", name="某行", on=date(2025, 8, 4))

    written = racing.race([lambda: write(desk)] * 2)

    assert sum(written) == Notice.objects.filter(operator__memberships__organisation=desk.at.trustee).count()
    assert sorted(told(desk.at.actor)) == ["digest", "urgent"]


def test_a_break_is_urgent_at_once_told_once_and_raised_to_who_checks(desk: Provider) -> None:
    checker = member_of(desk.at.fund, "trustee", "checker")
    desk.bank_line("-260", "年检", summary="年检", name="某行", on=date(2025, 8, 4))

    for at in (MONDAY, MONDAY, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY):
        write(desk, at)

    assert told(desk.at.actor).count("urgent") == 1
    assert told(checker).count("raised") == 1
    assert "raised" not in told(desk.at.trustee_key)


def test_a_key_that_waits_goes_from_all_its_keyholders_to_the_protector(desk: Provider) -> None:
    second, protector = (member_of(desk.at.fund, kind, "keyholder") for kind in ("committee", "protector"))
    desk.verified()
    days = {}
    for waited in (1, 2, 3, 4, 7):  # Tuesday … Friday, Monday
        write(desk, MONDAY + waited * DAY)
        days[waited] = [told(each).count("urgent") for each in (desk.at.committee_key, second)]
        days[waited].append(told(protector).count("raised"))

    assert days == {1: [0, 0, 0], 2: [1, 1, 0], 3: [1, 1, 0], 4: [1, 1, 1], 7: [1, 1, 1]}


def test_a_question_is_urgent_on_its_last_day_and_raised_to_who_asked(desk: Provider) -> None:
    protector = member_of(desk.at.fund, "protector", "keyholder")
    questions.ask_question(settlement_id=desk.verified().pk, text="为何加急？", actor=protector, at=MONDAY)
    seen = []
    for on in (6, 7, 8):
        write(desk, MONDAY + on * DAY)
        found = Notice.objects.filter(operator=desk.at.provider_clerk, kind=NoticeKind.URGENT)
        asked = Notice.objects.filter(operator=protector, kind=NoticeKind.RAISED, body__contains="答复质询")
        seen.append((found.count(), asked.count()))

    assert seen == [(0, 0), (1, 0), (1, 1)]
    assert found.get().due_on == date(2025, 8, 11)


def test_who_wants_a_digest_alone_gets_that_and_a_keyholders_keys_stay_urgent(desk: Provider) -> None:
    maker = living_at(desk.at.actor, NoticeMode.DIGEST)
    holder = living_at(desk.at.committee_key, NoticeMode.OFF)
    desk.verified()
    desk.bank_line("-260", "年检", summary="年检", name="某行", on=date(2025, 8, 4))

    write(desk, MONDAY + 3 * DAY)

    assert (told(maker), told(holder)) == (["digest"], ["urgent"])


def test_a_letter_that_failed_is_tried_again_until_it_is_taken(desk: Provider) -> None:
    desk.verified()
    letter = digest(desk, living_at(desk.at.committee_key))
    box = Box(OSError("no route to host"))

    became = [
        deliver_notice(notice_id=letter.pk, courier=box, at=MONDAY + timedelta(minutes=minutes))
        for minutes in (0, 1, 16, 17)
    ]

    assert became == [Delivery.FAILED, Delivery.FAILED, Delivery.SENT, Delivery.SENT]
    assert [each.number for each in box.letters] == [letter.pk]
    assert list(letter.attempts.order_by("pk").values_list("accepted", "said")) == [
        (False, "OSError: no route to host"),
        (True, ""),
    ]


def test_killed_over_a_letter_it_goes_with_the_next_round_under_its_name(desk: Provider) -> None:
    desk.verified()
    letter = digest(desk, living_at(desk.at.committee_key))
    box = Box(SystemExit())

    with pytest.raises(SystemExit):
        deliver_notice(notice_id=letter.pk, courier=box, at=MONDAY)
    again = deliver_notice(notice_id=letter.pk, courier=box, at=MONDAY)

    assert (again, [each.number for each in box.letters]) == (Delivery.SENT, [letter.pk])


def test_without_an_address_it_waits_and_without_the_seat_it_is_not_told(desk: Provider) -> None:
    desk.verified()
    letter, box = digest(desk, desk.at.committee_key), Box()
    stands = [standing_of(letter, MONDAY)]
    living_at(desk.at.committee_key)
    stands.append(standing_of(letter, MONDAY))
    Membership.objects.using("owner").filter(operator_id=desk.at.committee_key.pk).update(valid_until=MONDAY)
    letter = Notice.objects.get(pk=letter.pk)

    became = deliver_notice(notice_id=letter.pk, courier=box, at=MONDAY)
    write(desk, MONDAY + 3 * DAY)

    assert [*stands, became] == [Delivery.NO_ADDRESS, Delivery.WAITS, Delivery.LAPSED]
    assert (box.letters, told(desk.at.committee_key)) == ([], ["digest"])


def test_a_digest_of_yesterday_is_not_sent_today(desk: Provider) -> None:
    desk.verified()

    letter = digest(desk, living_at(desk.at.committee_key))

    assert standing_of(letter, MONDAY + DAY) is Delivery.LAPSED


def test_a_changed_address_is_told_to_the_one_before(desk: Provider) -> None:
    person = desk.at.actor
    for address in ("old@example.org", "new@example.org", "new@example.org"):
        choose_notices(person=person, address=address, mode=NoticeMode.ALL, at=MONDAY)
    letter, box = Notice.objects.get(operator=person, kind=NoticeKind.ADDRESS), Box()

    deliver_notice(notice_id=letter.pk, courier=box, at=MONDAY)

    assert [(each.address, "new@" in each.body) for each in box.letters] == [("old@example.org", False)]


# ------------------------------------------------------------------------------ by the database's prompt

NOTICE = (
    "INSERT INTO settlement_notice"
    " (operator_id, membership_id, kind, told_on, address, subject, body, made_at) VALUES"
    " (%s, (SELECT id FROM custody_membership WHERE operator_id = %s), %s, %s, %s, %s, %s, %s)"
)


def typed(to: Operator, seat: Operator, **changed: str) -> None:
    said = {"kind": "digest", "address": "", "subject": "待办", "body": "一项"} | changed
    row = (to.pk, seat.pk, said["kind"], MONDAY, said["address"], said["subject"], said["body"], MONDAY)
    run("default", NOTICE, row)


def test_the_outbox_only_grows_and_tells_once(desk: Provider) -> None:
    desk.verified()
    letter = digest(desk, living_at(desk.at.committee_key))
    deliver_notice(notice_id=letter.pk, courier=Box(), at=MONDAY)
    attempt = (
        "INSERT INTO settlement_noticeattempt (notice_id, accepted, said, attempted_at)"
        " VALUES (%s, true, '', now())"
    )

    with refused(constraint="digest_once_a_day", using="default"):
        typed(desk.at.committee_key, desk.at.committee_key)
    with refused(constraint="notice_accepted_once", using="default"):
        run("default", attempt, (letter.pk,))
    for table in ("notice", "noticematter", "noticeattempt", "noticechoice"):
        with refused(state="42501", using="default"):
            run("default", f"DELETE FROM settlement_{table}")
        with refused(constraint="append_only"):
            run("owner", f"UPDATE settlement_{table} SET id = id")


@pytest.mark.parametrize(
    ("constraint", "changed"),
    [
        ("notice_gives_nothing_away", {"body": "账号 510501040012345678"}),
        ("notice_gives_nothing_away", {"subject": "https://example.org/?code=1"}),
        ("notice_subject_is_one_line", {"subject": "待办\nBcc: all@example.org"}),
        ("notice_to_who_sits", {"address": "elsewhere@example.org"}),
        ("notice_to_an_address_of_theirs", {"kind": "address", "address": "elsewhere@example.org"}),
    ],
)
def test_a_typed_letter_gives_nothing_away(desk: Provider, constraint: str, changed: dict[str, str]) -> None:
    with refused(constraint=constraint, using="default"):
        typed(desk.at.actor, desk.at.actor, **changed)


def test_nobody_is_told_for_the_seat_of_another(desk: Provider) -> None:
    with refused(constraint="notice_to_who_sits", using="default"):
        typed(desk.at.actor, desk.at.trustee_key)


# --------------------------------------------------------------------------------- commands and the page


@pytest.mark.usefixtures("at_the_clock")
def test_the_command_tells_by_the_databases_clock_and_a_rehearsal_tells_nobody(
    desk: Provider, capsys: Any, settings: Settings
) -> None:
    desk.verified()
    living_at(desk.at.committee_key)
    command = ("send_notices", "--fund", desk.at.fund.code)
    set_clock(MONDAY)

    call_command(*command, "--dry-run")
    rehearsed = told(desk.at.committee_key)
    settings.COURIER = f"{__name__}.Broken"
    with pytest.raises(CommandError):
        call_command(*command)
    call_command("show_notices", "--actor", desk.at.committee_key.username, "--failed")
    failed = capsys.readouterr().out
    settings.COURIER = "settlement.notices.mail.MailCourier"
    set_clock(MONDAY + timedelta(hours=1))
    call_command(*command)

    assert (rehearsed, "ConnectionRefusedError" in failed) == ([], True)
    (sent,) = [each for each in mail.outbox if each.to == [choice_of(desk.at.committee_key).address]]
    number = NoticeAttempt.objects.get(notice__operator=desk.at.committee_key, accepted=True).notice_id
    assert (sent.extra_headers["Message-ID"], "1 件事等您" in sent.subject) == (
        f"<notice-{number}@localhost>",
        True,
    )


class Broken:
    """A courier whose server is away."""

    def carry(self, letter: Letter) -> None:
        raise ConnectionRefusedError(111, "Connection refused")


def test_a_person_sets_their_own_on_a_page_and_by_command(desk: Provider) -> None:
    browser, person = browser_of(desk.at.actor), desk.at.actor
    wrong = browser.post("/account/notices/", {"address": "nowhere", "mode": "all"})
    right = browser.post("/account/notices/", {"address": "me@example.org", "mode": "digest"})
    desk.released()
    digest(desk, person)
    with CaptureQueriesContext(connections["default"]) as asked:
        page = browser.get("/account/notices/").content.decode()

    call_command("set_notices", "--actor", person.username, "--mode", "off")

    assert (wrong.status_code, "这不是一个邮件地址" in wrong.content.decode(), right.status_code) == (
        422,
        True,
        303,
    )
    assert ("me@example.org" in page, 'value="digest" checked' in page, "不再告知" in page) == (
        True,
        True,
        True,
    )
    assert len(asked) <= 12
    assert list(
        NoticeChoice.objects.filter(operator=person).order_by("pk").values_list("address", "mode")
    ) == [
        ("me@example.org", "digest"),
        ("me@example.org", "off"),
    ]


def test_a_session_without_a_second_factor_does_not_turn_letters_away(desk: Provider) -> None:
    browser = browser_of(desk.at.actor, second_factor=False)

    answer = browser.post("/account/notices/", {"address": "thief@example.org", "mode": "off"})

    assert (answer.status_code, NoticeChoice.objects.filter(operator=desk.at.actor).exists()) == (302, False)
