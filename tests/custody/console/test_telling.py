"""What the console says of an outcome: counts, at most twenty notes of a kind, the rest counted."""

from django.db.models import TextChoices

from custody.console.telling import NOTES_TOLD_MAX, notes_told, outcome_told
from custody.files.outcomes import Outcome, note


class Code(TextChoices):
    """Codes for these tests."""

    SEEN = "seen", "看到"
    ODD = "odd", "第%(row)s行可疑"
    LATE = "late", "%(file)s 迟到"


def test_an_outcome_is_told_with_its_counts_and_notes() -> None:
    outcome = Outcome(False, {Code.SEEN: 3}, notes=(note(Code.LATE, file="a.csv"),))

    assert [*outcome_told(outcome)] == ["已导入 / imported", "  看到：3", "  · a.csv 迟到"]


def test_a_rehearsal_and_a_second_time_say_that_nothing_changed() -> None:
    assert "未写入" in next(outcome_told(Outcome(False), dry_run=True))
    assert "无变化" in next(outcome_told(Outcome(True), dry_run=True))


def test_a_file_with_nothing_in_it_is_not_called_imported() -> None:
    assert next(outcome_told(Outcome(True, {Code.SEEN: 0}))).startswith("文件里没有可导入的内容")
    assert next(outcome_told(Outcome(True, {Code.SEEN: 1}))).startswith("已导入过")


def test_many_notes_of_one_kind_are_told_to_twenty_and_counted() -> None:
    notes = [note(Code.ODD, row=row) for row in range(NOTES_TOLD_MAX + 3)]

    told = [*notes_told([*notes, note(Code.LATE, file="a.csv")])]

    assert (len(told), told[-2], told[-1]) == (NOTES_TOLD_MAX + 2, "另有 3 条同类提示", "a.csv 迟到")
