"""Words that people read: a sentence of the catalogue with its facts filled in. Refuses to show a fact raw.

A sentence is written in Chinese with full-width punctuation, ``_("本金应大于零，而不是 %(amount)s 元")``,
where ``_`` is ``django.utils.translation.gettext``; the catalogue (``config/locale``) gives its English.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from djmoney.money import Money


def told(sentence: str, **facts: Any) -> str:
    """``sentence`` with each ``%(name)s`` replaced by its fact as a person would write it.

    A sentence without a placeholder is given back as it stands. KeyError for a placeholder without its fact.
    """
    if "%(" not in sentence:
        return sentence
    return sentence % {name: worded(fact) for name, fact in facts.items()}


def worded(fact: Any) -> str:
    """One fact in words: money and decimals in full, days as 2025-07-01, lists with 、 between."""
    if isinstance(fact, Promise):
        return str(fact)
    if isinstance(fact, Money):
        return f"{fact.amount:f}"
    if isinstance(fact, Decimal):
        return f"{fact:f}"
    if isinstance(fact, Enum):
        return str(getattr(fact, "label", fact.value))
    if isinstance(fact, dt.datetime):
        return fact.isoformat(sep=" ", timespec="minutes")
    if fact is None:
        return _("无")
    if isinstance(fact, Iterable) and not isinstance(fact, str | bytes | Promise):
        return "、".join(worded(each) for each in fact)
    return str(fact)
