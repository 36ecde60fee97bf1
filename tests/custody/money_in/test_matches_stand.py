"""The match of detail to a bank line, by raw SQL: made once, gone only with the bank's own correction."""

from pathlib import Path

import pytest

from custody.models import BankLine, RevenueLine
from custody.money_in.public_revenue import import_public_revenue
from tests.custody.ledger.raw import refused, run
from tests.custody.money_in.small import AT, Said, Small, small_estate

pytestmark = pytest.mark.usefixtures("committed_db")

ROLES = pytest.mark.parametrize("role", ["default", "owner"])
TAKEN = ("2025-07-01", "临时停车", "川A11111", "小票", "15.00", "070")
LUMP = Said("2025-07-03", "15.00", "停车公司", memo="临停收入 批次070")


@pytest.fixture
def matched(tmp_path: Path) -> RevenueLine:
    """A revenue line that its lump has proven; another bank line of the fund is there too."""
    small: Small = small_estate(tmp_path)
    import_public_revenue(fund=small.fund, path=small.revenue(TAKEN), actor=small.actor, at=AT)
    small.take(LUMP, Said("2025-07-04", "9.00", "某人"))
    line = RevenueLine.objects.get(fund=small.fund)
    assert line.bank_line_id is not None
    return line


@ROLES
def test_a_match_is_not_moved_to_another_line(matched: RevenueLine, role: str) -> None:
    assert matched.bank_line_id is not None
    other = BankLine.objects.filter(fund=matched.fund).exclude(pk=matched.bank_line_id).get()
    with refused(constraint="matched_once", using=role):
        run(role, "UPDATE custody_revenueline SET bank_line_id = %s WHERE id = %s", (other.pk, matched.pk))


@ROLES
def test_a_match_is_not_taken_off_a_line_that_stands(matched: RevenueLine, role: str) -> None:
    with refused(constraint="matched_once", using=role):
        run(role, "UPDATE custody_revenueline SET bank_line_id = NULL WHERE id = %s", (matched.pk,))


def test_what_the_detail_says_is_nobodys_to_change(matched: RevenueLine) -> None:
    change = "UPDATE custody_revenueline SET amount = 1 WHERE id = %s"
    with refused(state="42501", using="default"):
        run("default", change, (matched.pk,))
    with refused(constraint="detail_stays"):
        run("owner", change, (matched.pk,))


def test_detail_is_never_deleted(matched: RevenueLine) -> None:
    with refused(constraint="append_only"):
        run("owner", "DELETE FROM custody_revenueline WHERE id = %s", (matched.pk,))
