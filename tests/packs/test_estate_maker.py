"""The maker's arithmetic checked against the published figures, and its files against themselves."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from custody.bank.reading import read_statement
from tests.packs.arithmetic import figures
from tests.packs.estate_maker import make_pack
from tests.packs.sample_reader import read_sample
from tests.packs.variants import VARIANTS

FOUR_SEASONS = Path(__file__).parent / "four-seasons"


def test_the_makers_own_arithmetic_gives_the_published_figures_of_four_seasons() -> None:
    published = json.loads((FOUR_SEASONS / "expected.json").read_text(encoding="utf-8"))

    assert figures(read_sample(FOUR_SEASONS)) == published


@pytest.mark.parametrize("name", VARIANTS)
def test_every_statement_opens_where_the_last_one_closed(tmp_path: Path, name: str) -> None:
    expected = make_pack(tmp_path, **VARIANTS[name])

    balances = [Decimal(expected["opening"]["operating"]) + Decimal(expected["opening"]["maintenance"])]
    for path in sorted(tmp_path.glob("bank-*")):
        statement = read_statement(path)
        assert not statement.faults
        assert statement.opening == balances[-1]
        assert statement.closing is not None
        balances.append(statement.closing)
    assert [str(b) for b in balances[1:]] == [month["bank_closing"] for month in expected["months"].values()]


def test_the_same_seed_makes_the_same_estate(tmp_path: Path) -> None:
    first = make_pack(tmp_path / "a", seed=7)
    second = make_pack(tmp_path / "b", seed=7)

    assert first == second
    statements = [(tmp_path / folder / "bank-2025-10.csv").read_bytes() for folder in ("a", "b")]
    assert statements[0] == statements[1]


def test_figures_stand_in_the_published_order(tmp_path: Path) -> None:
    published = json.loads((FOUR_SEASONS / "expected.json").read_text(encoding="utf-8"))

    expected = make_pack(tmp_path, seed=8)

    assert list(expected) == list(published)
    assert list(expected["months"]["2025-10"]) == list(published["months"]["2025-07"])


def test_a_returned_invoice_is_in_no_figure(tmp_path: Path) -> None:
    plain = make_pack(tmp_path / "plain", seed=9, bad_invoices=False)["months"]["2025-10"]
    tempted = make_pack(tmp_path / "tempted", seed=9, bad_invoices=True)["months"]["2025-10"]

    assert tempted["remuneration_base"] == plain["remuneration_base"]
    assert tempted["settled_invoices"] == plain["settled_invoices"]


def test_a_broken_batch_is_suspense_and_no_income(tmp_path: Path) -> None:
    sound = make_pack(tmp_path / "sound", seed=10)["months"]["2025-11"]
    broken = make_pack(tmp_path / "broken", seed=10, broken_batch=True)["months"]["2025-11"]

    lost = Decimal(sound["collected"]["parking"]) - Decimal(broken["collected"]["parking"])
    assert lost > 0
    assert Decimal(broken["suspense"]) - Decimal(sound["suspense"]) == lost + 7
