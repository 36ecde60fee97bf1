"""The pages of one trust, in the order in which its tabs show them; rooms above add theirs.

Refuses nothing: what a tab shows is its page's.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.models import Fund


@dataclass(frozen=True, slots=True)
class FundTab:
    """One page of a trust: the name of its address, and what people call it; lower ``place`` first."""

    name: str
    title: Promise | str
    place: int


_tabs: list[FundTab] = [
    FundTab("fund", _("概况"), 0),
    FundTab("fund_ledger", _("分录"), 10),
    FundTab("fund_deed", _("信托文件"), 40),
    FundTab("fund_documents", _("存档"), 50),
]


def add_fund_tabs(*tabs: FundTab) -> None:
    """Put pages of a trust among the tabs; one that is there already stays."""
    known = {each.name for each in _tabs}
    _tabs.extend(each for each in tabs if each.name not in known)


def tabs_of(fund: Fund, here: str) -> list[tuple[str, str, bool]]:
    """(address, title, whether it is this page), in order."""
    ordered = sorted(_tabs, key=lambda each: each.place)
    return [(reverse(each.name, args=[fund.code]), str(each.title), each.name == here) for each in ordered]
