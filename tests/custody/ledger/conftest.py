"""What the guards are asked with: a fund of money, under either level of isolation."""

from collections.abc import Iterator

import pytest

from tests.custody.ledger.raw import run
from tests.factories import TestFund, make_fund


@pytest.fixture(params=["READ COMMITTED", "REPEATABLE READ"])
def both_levels(request: pytest.FixtureRequest, committed_db: None) -> Iterator[None]:
    """Every refusal is made under both levels, by either role."""
    level = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
    for alias in ("default", "owner"):
        run(alias, f"{level} {request.param}")
    yield
    for alias in ("default", "owner"):
        run(alias, f"{level} READ COMMITTED")


@pytest.fixture
def trust(both_levels: None) -> TestFund:
    made = make_fund()
    made.fill("1000")
    return made
