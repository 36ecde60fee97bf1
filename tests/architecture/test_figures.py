"""The table of figures in docs/architecture.md: each deed term is in it, and each place it names exists."""

import importlib.util
import re

import pytest

from custody.deeds.terms import Term
from tests.architecture.source import ROOT

PAGE = (ROOT / "docs/architecture.md").read_text()
TABLE = PAGE.partition("## Where a figure is set")[2].partition("##")[0]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.splitlines() if "`" in line]
PLACES = [(by, place) for _, by, cell in ROWS for place in re.findall(r"`([\w.]+)`", cell)]


NAMED = re.findall(r"`((?:custody|settlement|reporting|config)(?:\.\w+)+)`", PAGE)


def exists(dotted: str) -> bool:
    """Whether it is a module, or a name of one."""
    module, _, leaf = dotted.rpartition(".")
    found = importlib.import_module(module)
    return hasattr(found, leaf) or importlib.util.find_spec(dotted) is not None


def test_every_deed_term_is_in_the_table_of_figures_and_no_other() -> None:
    assert sorted(place for by, place in PLACES if by == "deed") == sorted(Term)


@pytest.mark.parametrize("place", sorted(set(NAMED)))
def test_what_the_page_names_of_the_source_exists(place: str) -> None:
    assert exists(place)
