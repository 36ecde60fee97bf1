"""The commands' contract: what is printed, and the exit code 0 or 2."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from custody.models import BankLine
from tests import factories
from tests.custody.money_in.small import TRUSTEE, Said, Small, estate_sheets, small_estate, write_estate

pytestmark = pytest.mark.usefixtures("committed_db")

LINE = Said("2025-07-02", "10.00", "路人")
BANK = "import_bank_statement"


def at_desk(small: Small) -> tuple[str, ...]:
    """For which fund, and who acts."""
    return "--fund", small.fund.code, "--actor", small.actor.username


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return small_estate(tmp_path)


def ran(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue(), f"{err.getvalue()}{refusal}"
    return 0, out.getvalue(), err.getvalue()


def test_an_import_says_what_it_did(small: Small) -> None:
    code, out, _ = ran(BANK, *at_desk(small), small.statement([LINE]))

    assert (code, "新增流水：1" in out, "待确认款项：1" in out) == (0, True, True)


def test_an_import_done_before_says_so_and_succeeds(small: Small) -> None:
    path = small.statement([LINE])
    ran(BANK, *at_desk(small), path)

    code, out, _ = ran(BANK, *at_desk(small), path)

    assert (code, "已导入过，无变化" in out) == (0, True)


def test_a_rehearsal_says_that_nothing_was_written(small: Small) -> None:
    code, out, _ = ran(BANK, "--dry-run", *at_desk(small), small.statement([LINE]))

    assert (code, "未写入" in out, BankLine.objects.filter(fund=small.fund).exists()) == (0, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        lambda small: (BANK, *at_desk(small), small.folder / "absent.xlsx"),
        lambda small: (BANK, *at_desk(small), small.statement([LINE], opening="1.00")),
        lambda small: (BANK, "--fund", "NOBODY", "--actor", small.actor.username, small.statement([LINE])),
        lambda small: (BANK, "--fund", small.fund.code, "--actor", "x", small.statement([LINE])),
        lambda small: ("import_channel_detail", *at_desk(small), small.statement([LINE])),
        lambda small: ("import_public_revenue", *at_desk(small), small.statement([LINE])),
        lambda small: ("onboard_estate", "--actor", small.actor.username, small.statement([LINE])),
        lambda small: ("show_suspense", "--fund", "NOBODY"),
    ],
)
def test_a_refusal_exits_with_two_and_a_reason(
    small: Small, arguments: Callable[[Small], tuple[object, ...]]
) -> None:
    code, out, err = ran(*arguments(small))

    assert (code, out, bool(err.strip())) == (2, "", True)


def test_every_fault_is_printed(small: Small) -> None:
    path = small.channel(
        ("QR1", "2025-07-01 09:00:00", "", "", "1,23.4", "x"), ("QR2", "never", "", "", "1", "0")
    )

    _, _, err = ran("import_channel_detail", *at_desk(small), path)

    assert all(word in err for word in ("订单金额", "手续费", "支付时间", "共 3 处"))


def test_an_estate_is_onboarded_by_its_command(tmp_path: Path) -> None:
    path, desk = write_estate(tmp_path / "estate.xlsx", estate_sheets()), factories.desk_of(TRUSTEE)

    code, out, _ = ran("onboard_estate", "--dry-run", "--actor", desk.username, path)

    assert (code, "房屋：8" in out) == (0, True)


def test_suspense_is_listed_with_its_reason(small: Small) -> None:
    small.take(LINE)

    code, out, _ = ran("show_suspense", "--fund", small.fund.code)

    assert (code, "10.00" in out, "业主名册" in out, "共 1 项" in out) == (0, True, True, True)
