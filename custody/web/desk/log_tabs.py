"""The pages of the log, in the order in which its tabs show them; rooms above add theirs.

Refuses nothing: what a page shows is its own.
"""

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_tabs: list[tuple[str, Promise | str]] = [("log", _("密码")), ("log_refusals", _("被拒的尝试"))]


def add_log_tab(name: str, title: Promise | str) -> None:
    """Put a page among the log's; one that is there already stays."""
    if name not in [known for known, _title in _tabs]:
        _tabs.append((name, title))


def log_tabs(here: str) -> list[tuple[str, str, bool]]:
    """(address, title, whether it is this page), in order."""
    return [(reverse(name), str(title), name == here) for name, title in _tabs]
