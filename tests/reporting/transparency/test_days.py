"""A day is closed once, whole and in order, with a head that stays; what is rewritten behind it is named."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from custody.models import Fund
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, LogDay, LogFundDay, LogPaper, StatementKind
from reporting.reading.log_rows import head_of_day, newest_head_by
from reporting.transparency import day_closing
from reporting.transparency.checkpoints import check_seals, head_text
from reporting.transparency.day_reads import head_line, head_list
from reporting.transparency.head_lines import faults_within, head_list_read
from tests.custody.ledger.raw import refused, run
from tests.factories import make_fund
from tests.reporting.builders import worked_quarter
from tests.reporting.test_handouts import digest_of, handed_out, other_paper
from tests.reporting.transparency.days import (
    ORIGIN,
    TABLES,
    closed,
    closer,
    days_later,
    keys,
    rewritten,
    told,
)

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def kept_rows() -> dict[str, int]:
    return {}


@pytest.fixture
def paper(committed_db: None, kept_rows: dict[str, int]) -> Handout:
    """A paper that left, once for all tests."""
    if not kept_rows:
        kept_rows["paper"] = handed_out(worked_quarter()).pk
    return Handout.objects.get(pk=kept_rows["paper"])


@pytest.fixture
def kept(folder: Path, paper: Handout, tmp_path: Path) -> Path:
    """heads.txt as somebody keeps it, of a log whose days are closed."""
    closed(folder)
    file = tmp_path / "heads.txt"
    file.write_text(head_list(ORIGIN).written)
    return file


def test_a_day_that_is_over_is_closed_once_with_every_fund(folder: Path, paper: Handout) -> None:
    first, again = closed(folder), list(day_closing.close_days(closer(folder)))

    assert again == []
    assert LogPaper.objects.get(document=paper.document_id).sha256 == paper.sha256
    day, funds = first[-1], Fund.objects.filter(opened_on__lte=first[-1].ended_on)
    assert LogFundDay.objects.filter(number=day.number).count() == funds.count()


def test_a_paper_carries_the_head_of_its_last_day_once_that_is_closed(folder: Path, paper: Handout) -> None:
    day = closed(folder)[-1]
    day.refresh_from_db()
    asked = Asked(paper.fund.code, StatementKind.FUND, paper.from_on, day.ended_on)
    said = build_statement(asked)[1].subtitles[-1]
    before = build_statement(replace(asked, known_at=day.closed_at - timedelta(seconds=1)))[1].subtitles[-1]

    assert said.startswith(f"公开日志：{day.ended_on} 日头（第 {day.number} 天）")
    assert said.replace(" ", "").endswith(day.log_root)
    assert before == "公开日志：还没有日头"
    assert newest_head_by(day.closed_at) == head_of_day(day.ended_on)


def test_days_that_nobody_closed_are_caught_up_empty_ones_too(folder: Path) -> None:
    closed(folder)
    caught_up = closed(folder, 3)

    assert [day.ended_on - caught_up[0].ended_on for day in caught_up] == [timedelta(n) for n in range(3)]
    assert 0 in LogFundDay.objects.filter(number=caught_up[-1].number).values_list("papers", flat=True)


def test_a_head_is_signed_by_both_keys_over_the_log_so_far(folder: Path) -> None:
    day = closed(folder)[-1]
    line = head_line(day)

    check_seals(head_text(ORIGIN, day.number, bytes.fromhex(day.log_root)), line.seals)
    assert list(faults_within(head_list(ORIGIN))) == []


def test_killed_before_its_head_a_day_is_not_begun(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed(folder)
    before = [run("owner", f"SELECT count(*) FROM {table}") for table in TABLES]

    def killed(*_any: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(day_closing, "_head_written", killed)
    with pytest.raises(KeyboardInterrupt):
        closed(folder)
    monkeypatch.undo()

    assert [run("owner", f"SELECT count(*) FROM {table}") for table in TABLES] == before
    assert len(closed(folder)) == 1


def test_the_command_writes_the_list_and_says_the_head(folder: Path, tmp_path: Path) -> None:
    out, said = tmp_path / "heads.txt", StringIO()
    with override_settings(LOG_ORIGIN=ORIGIN), days_later():
        call_command("close_log_day", f"--keys={keys(folder)}", f"--out={out}", stdout=said)

    heads = head_list_read(out.read_bytes(), name="heads.txt")
    assert heads == head_list(ORIGIN)
    assert f"{ORIGIN}\n{len(heads.lines)}\n" in said.getvalue()


def test_keys_that_others_can_read_close_nothing(folder: Path, tmp_path: Path) -> None:
    call_command("make_log_keys", f"--out={tmp_path / 'k'}", stdout=StringIO())
    (tmp_path / "k" / "p256.pem").chmod(0o644)

    with pytest.raises(CommandError, match="chmod 600"):
        call_command("close_log_day", f"--keys={tmp_path / 'k'}")
    with pytest.raises(CommandError, match="make_log_keys"):
        call_command("close_log_day", f"--keys={tmp_path / 'none'}")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("login", ["default", "vault", "owner"])
def test_nobody_rewrites_the_log(table: str, login: str) -> None:
    column = {"reporting_logday": "root", "reporting_logentry": "shown"}.get(table, "number")
    why = {"constraint": "append_only"} if login == "owner" else {"state": "42501"}
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with refused(using=login, **why):
            run(login, statement)


DAY = """
INSERT INTO reporting_logday (number, ended_on, funds, root, log_root, origin, p256_key, p256_signature,
                              ed25519_key, ed25519_signature, closed_at)
SELECT number {number}, ended_on {on}, {funds}, root, log_root, origin, p256_key, p256_signature,
       ed25519_key, ed25519_signature, closed_at
  FROM reporting_logday ORDER BY number DESC LIMIT 1
"""


def test_the_application_closes_no_day(folder: Path) -> None:
    closed(folder)
    with refused(state="42501", using="default"):
        run("default", DAY.format(number="+ 1", on="+ 1", funds="funds"))


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        ("log_days_follow_each_other", {"number": "+ 1", "on": "", "funds": "funds"}),
        ("log_days_follow_each_other", {"number": "+ 1", "on": "+ 2", "funds": "funds"}),
        ("log_days_follow_each_other", {"number": "", "on": "", "funds": "funds"}),
        ("log_day_has_ended", {"number": "+ 1", "on": "+ 1", "funds": "funds"}),
    ],
)
@pytest.mark.parametrize("login", ["vault", "owner"])
def test_one_head_a_day_in_order_and_none_before_its_end(
    folder: Path, login: str, constraint: str, said: dict[str, str]
) -> None:
    closed(folder)
    with refused(constraint=constraint, using=login):
        run(login, DAY.format(**said))


def test_a_day_without_one_of_its_funds_is_refused(folder: Path, paper: Handout) -> None:
    assert paper.fund_id
    closed(folder)
    with days_later(), refused(constraint="log_day_has_every_fund", using="vault"):
        run("vault", DAY.format(number="+ 1", on="+ 1", funds="0"))


def test_a_leaf_does_not_come_after_its_day(folder: Path, paper: Handout) -> None:
    closed(folder)
    late, number = other_paper(paper), LogDay.objects.count()
    insert = f"""INSERT INTO reporting_logpaper (number, fund_id, position, document_id, sha256)
                VALUES (%s, %s, 9, %s, {digest_of(late)})"""

    for login in ("vault", "owner"):
        with refused(constraint="log_day_is_closed", using=login):
            run(login, insert, [number, paper.fund_id, late])


def test_a_log_that_stands_verifies_against_a_kept_copy(kept: Path, folder: Path) -> None:
    closed(folder, 2)
    said, found = told("--kept", kept)

    assert ("1 份留存一致" in said, found) == (True, [])


def test_a_changed_leaf_is_named_with_its_fund_and_day(kept: Path, paper: Handout) -> None:
    gone = "DELETE FROM reporting_logpaper WHERE document_id = %s"
    code = Fund.objects.get(pk=paper.fund_id).code
    with rewritten((gone, [paper.document_id])):
        found = told("--kept", kept)[1]

    assert any(code in each and "当日出具的文件" in each for each in found)


def test_a_day_taken_away_is_named_by_who_kept_it(kept: Path) -> None:
    last = LogDay.objects.order_by("number").last()
    assert last is not None
    taken = [(f"DELETE FROM {table} WHERE number = %s", [last.number]) for table in reversed(TABLES)]
    with rewritten(*taken):
        found = told("--kept", kept)[1]

    assert [each for each in found if str(last.ended_on) in each and "被撤掉" in each]


def test_a_day_issued_again_is_named_by_who_kept_it(kept: Path, folder: Path, tmp_path: Path) -> None:
    """By a company that still has its keys: every table agrees, and only the copy outside does not."""
    last = LogDay.objects.order_by("number").last()
    assert last is not None
    taken = [(f"DELETE FROM {table} WHERE number = %s", [last.number]) for table in reversed(TABLES)]
    with rewritten(*taken):
        make_fund()
        closed(folder)
        assert told()[1] == []
        found = told("--kept", kept)[1]

    assert [each for each in found if str(last.ended_on) in each and "两个版本" in each]


def test_a_published_list_is_verified_without_a_database(kept: Path, tmp_path: Path) -> None:
    lines = kept.read_text().splitlines(keepends=True)
    (tmp_path / "cut.txt").write_text("".join(lines[:-2] + lines[-1:]))

    said, found = told("--heads", tmp_path / "cut.txt", "--kept", kept)
    assert (said, *(any(words in each for each in found) for words in ("缺了", "被撤掉"))) == ("", True, True)


@pytest.mark.parametrize("content", ["", "nothing\n", "origin x\nv1 1\n"])
def test_what_is_no_list_is_refused_by_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "heads.txt").write_text(content)

    with pytest.raises(CommandError, match=r"heads\.txt 第 [12] 行"):
        call_command("verify_heads", "--kept", str(tmp_path / "heads.txt"))
