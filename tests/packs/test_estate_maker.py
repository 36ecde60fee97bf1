"""The maker's arithmetic checked against the published figures, and its files against themselves."""

import json
from pathlib import Path

from tests.packs.arithmetic import figures
from tests.packs.sample_reader import read_sample

FOUR_SEASONS = Path(__file__).parent / "four-seasons"


def test_the_makers_own_arithmetic_gives_the_published_figures_of_four_seasons():
    published = json.loads((FOUR_SEASONS / "expected.json").read_text(encoding="utf-8"))

    assert figures(read_sample(FOUR_SEASONS)) == published
