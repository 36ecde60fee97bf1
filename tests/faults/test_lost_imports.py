"""The answer to a command's commit is lost on the wire: what it wrote is there once, and it says so."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from custody.deeds.people import console_operator
from custody.ledger import reads
from custody.models import BankLine
from custody.money_in.bank_statements import import_statements
from tests.custody.money_in.small import Said, Small, small_estate
from tests.wire import on_a_wire

pytestmark = pytest.mark.usefixtures("committed_db")

LINES = [Said("2025-07-02", "10.00", "路人"), Said("2025-07-03", "12.00", "路人")]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def test_an_import_whose_answer_was_lost_ends_well_and_is_done_once(small: Small) -> None:
    path, before, said = small.statement(LINES), reads.last_sequence(small.fund.pk), io.StringIO()
    with on_a_wire() as wire:
        wire.cut_after(b"COMMIT")
        call_command("import_bank_statement", "--fund", small.fund.code, str(path), stdout=said)

    assert (wire.cuts, "已导入过，无变化" in said.getvalue()) == ([], True)
    assert BankLine.objects.filter(fund=small.fund).count() == len(LINES)
    assert reads.last_sequence(small.fund.pk) == before + len(LINES)


def test_an_import_that_is_not_asked_again_fails_though_it_was_done(small: Small) -> None:
    path, actor = small.statement(LINES), console_operator()
    with on_a_wire() as wire:
        wire.cut_after(b"COMMIT")
        with pytest.raises(OperationalError):
            import_statements(fund=small.fund, paths=[path], actor=actor, at=timezone.now())

    assert BankLine.objects.filter(fund=small.fund).count() == len(LINES)
