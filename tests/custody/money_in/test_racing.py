"""Two clerks import the same file at the same moment: the lines are stored and booked once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connections

from custody.files import archive
from custody.files.outcomes import Outcome
from custody.models import BankLine, Fund
from custody.money_in import desk
from custody.money_in.bank_statements import import_statements
from settlement.contracts.taking_on import onboard_estate
from tests import factories
from tests.custody.money_in.small import AT, TRUSTEE, Said, estate_sheets, item, small_estate, write_estate

pytestmark = pytest.mark.usefixtures("committed_db")


def both_at_once(work: Callable[[], Outcome]) -> list[bool]:
    """Run ``work`` on two connections, started together; answers each one's already_done."""
    barrier = Barrier(2)

    def run(_number: int) -> bool:
        barrier.wait()
        try:
            return work().already_done
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(run, range(2)))


def test_one_of_two_simultaneous_imports_finds_it_done(tmp_path: Path) -> None:
    small = small_estate(tmp_path)
    path = small.statement([Said("2025-07-02", f"{amount}.00", "赵一") for amount in range(1, 40)])

    done = both_at_once(lambda: import_statements(fund=small.fund, paths=[path], actor=small.actor, at=AT))

    assert done == [False, True]
    assert BankLine.objects.filter(fund=small.fund).count() == 39


def test_one_of_two_simultaneous_onboardings_finds_it_done(tmp_path: Path) -> None:
    sheets = estate_sheets()
    path = write_estate(tmp_path / "estate.xlsx", sheets)

    desk = factories.desk_of(TRUSTEE)

    done = both_at_once(lambda: onboard_estate(path=path, actor=desk, at=AT))

    assert done == [False, True]
    factories.MADE.append(Fund.objects.get(code=item(sheets, "小区", "小区编码")[1]).pk)


def test_without_the_lock_the_second_import_fails_on_the_table_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = small_estate(tmp_path)
    path = small.statement([Said("2025-07-02", "10.00", "赵一")])
    looked = Barrier(2)
    found_file = archive.found_file

    def looks_with_the_other(**facts: Any) -> object:
        found = found_file(**facts)
        looked.wait(timeout=20)
        return found

    monkeypatch.setattr(desk, "lock_fund", lambda fund: fund)
    monkeypatch.setattr(archive, "found_file", looks_with_the_other)

    with pytest.raises(IntegrityError):
        both_at_once(lambda: import_statements(fund=small.fund, paths=[path], actor=small.actor, at=AT))
    assert BankLine.objects.filter(fund=small.fund).count() == 1
