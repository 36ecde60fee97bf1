"""A rehearsed command does, asks and tells everything, and nothing of it stays but a refused attempt."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection
from pytest_django import Settings

from custody.console import rehearsing
from custody.models import LineNote, Payback, PeriodProposal, RefusedAttempt
from settlement.models import Settlement
from tests.settlement.desk import Provider, fresh, make_provider
from tests.settlement.payments.paybacks import Suspended, suspended
from tests.settlement.queue.running import acted

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def back(settings: Settings, tmp_path: Path, committed_db: None) -> Suspended:
    settings.BANK_OUTBOX = tmp_path
    return suspended()


def line_of(back: Suspended) -> str:
    return f"{back.line.account.number}:{back.line.position}"


def test_a_rehearsed_note_is_not_left(back: Suspended) -> None:
    said = ("note_line", "--line", line_of(back), "--note", "等来电", "--dry-run")

    code, out, _ = acted(back.desk, back.desk.at.actor, *said)

    assert (code, "未写入" in out, LineNote.objects.filter(line=back.line).exists()) == (0, True, False)


def test_a_rehearsed_payback_is_not_proposed(back: Suspended) -> None:
    said = ("propose_payback", "--line", line_of(back), "--bank", "工行", "--reason", "误转", "--dry-run")

    code, out, _ = acted(back.desk, back.desk.at.actor, *said)

    assert (code, "未写入" in out, Payback.objects.filter(line=back.line).exists()) == (0, True, False)


def test_a_rehearsal_is_refused_as_the_act_would_be(back: Suspended) -> None:
    said = ("propose_payback", "--line", line_of(back), "--bank", "工行", "--reason", " ", "--dry-run")

    code, out, err = acted(back.desk, back.desk.at.actor, *said)

    assert (code, "校验通过" in out, "理由" in err) == (2, False, True)


def test_a_forbidden_rehearsal_stays_on_record(back: Suspended) -> None:
    clerk = back.desk.at.provider_clerk

    acted(back.desk, clerk, "note_line", "--line", line_of(back), "--note", "x", "--dry-run")

    assert RefusedAttempt.objects.filter(operator=clerk, act="note_line").count() == 1


def test_of_several_rehearsed_each_is_judged_and_none_is_done(desk: Provider) -> None:
    wrong, right = desk.released("1000"), desk.verified("500")
    said = ("cancel_invoice", "--reason", "开错", wrong.number, right.number, "--dry-run")

    code, out, err = acted(desk, desk.at.actor, *said)

    assert (code, wrong.number in err, f"{right.number} 已撤销" in out) == (2, True, True)
    assert {fresh(row).state for row in (wrong, right)} == {"released", "verified"}


def test_a_forbidden_number_of_a_rehearsal_stays_on_record(desk: Provider) -> None:
    viewer, number = desk.at.provider_clerk, desk.verified("500").number

    acted(desk, viewer, "reject_invoice", "--reason", "x", number, "--dry-run")

    assert RefusedAttempt.objects.filter(operator=viewer).count() == 1


def test_a_rehearsed_closing_is_not_proposed(desk: Provider) -> None:
    acted(desk, desk.at.actor, "close_period", "--through", "2025-07-31", "--dry-run")

    assert not PeriodProposal.objects.filter(fund=desk.at.fund).exists()


def test_a_rehearsal_is_judged_by_what_the_database_defers_to_the_commit(desk: Provider) -> None:
    row = desk.verified("1000")

    with pytest.raises(IntegrityError), rehearsing.undone(), connection.cursor() as cursor:
        cursor.execute("UPDATE settlement_settlement SET state = 'cancelled' WHERE id = %s", (row.pk,))

    assert Settlement.objects.get(pk=row.pk).state == "verified"
