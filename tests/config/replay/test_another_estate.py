"""Estates nobody has seen before, replayed from their uploads to their figures.

Each has another bank, another quarter and another deed than the published sample; what must come out is
worked from the definitions by the maker, never by the application.
"""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests import draws, factories
from tests.architecture.source import ROOT
from tests.config.replay.alone import among_no_others
from tests.packs.estate_maker import make_pack
from tests.packs.variants import VARIANTS

BROCADE_GARDEN = ROOT / "tests/packs/brocade-garden"
pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.long]


@pytest.fixture(autouse=True)
def own_outbox(settings: Settings, tmp_path: Path) -> None:
    """Payment files of an invented estate stay with the test."""
    settings.BANK_OUTBOX = tmp_path / "outbox"


def replay(pack: Path, out: Path) -> tuple[dict[str, Any], str]:
    """Run the command; answers its figures and what it said."""
    from custody.models import Estate, Fund

    said = io.StringIO()
    try:
        with among_no_others():
            call_command("replay_pack", str(pack), out=out, stdout=said)
    finally:
        code = json.loads((pack / "expected.json").read_text(encoding="utf-8"))["estate"]
        funds = Fund.objects.filter(estate__in=Estate.objects.filter(code=code))
        factories.MADE[:] = sorted({*factories.MADE, *funds.values_list("pk", flat=True)})
    return json.loads((out / "figures.json").read_text(encoding="utf-8")), said.getvalue()


def flat(figures: Any, path: str = "") -> dict[str, Any]:
    """Every figure by its path, so a failure names each one that differs."""
    if not isinstance(figures, dict) or not figures:
        return {path: figures}
    found: dict[str, Any] = {}
    for key, value in figures.items():
        found |= flat(value, f"{path}/{key}")
    return found


@pytest.mark.parametrize("name", list(VARIANTS) if draws.LONG else list(VARIANTS)[::3])
def test_an_invented_estate_replays_to_the_fen(tmp_path: Path, name: Any) -> None:
    expected = make_pack(tmp_path / "pack", **VARIANTS[name])

    figures, said = replay(tmp_path / "pack", tmp_path / "out")

    ours, theirs = flat(expected), flat(figures)
    pairs = {key: (ours.get(key), theirs.get(key)) for key in ours | theirs}
    differing = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    assert not differing, f"path: (expected, replayed) {differing}\n{said}"
    assert figures == expected


def test_the_estate_that_make_serve_opens_beside_the_sample_replays_to_the_fen(tmp_path: Path) -> None:
    figures, _said = replay(BROCADE_GARDEN, tmp_path)

    assert figures == json.loads((BROCADE_GARDEN / "expected.json").read_text(encoding="utf-8"))


def test_replaying_again_changes_nothing(tmp_path: Path) -> None:
    make_pack(tmp_path / "pack", seed=4707, quarter="2025Q4", base="COLLECTED_INCOME", bad_invoices=True)
    first, _ = replay(tmp_path / "pack", tmp_path / "first")

    second, said = replay(tmp_path / "pack", tmp_path / "second")

    assert second == first
    assert "无变化" in said
