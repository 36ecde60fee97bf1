"""Statements are tried over journals put together by hand, such as no import would make."""

from collections.abc import Iterator

import pytest

from tests.custody.ledger.raw import citations_unjudged


@pytest.fixture(autouse=True)
def by_hand(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where a test opens the database, cash moves without citing the bank."""
    if "committed_db" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("committed_db")
    with citations_unjudged():
        yield
