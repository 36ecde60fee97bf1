"""What the deed lets idle cash do: which product, how much, and what must stay liquid. Pure; moves no money.

Refuses a product whose family the deed does not name, as a whole word: a structured deposit is no deposit.
"""

import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _
from djmoney.money import Money

from custody.kernel.money import ZERO
from custody.kernel.words import told

# Families a bank's product name may end in, after an optional tenor (七天通知存款, 3个月定期存款).
FAMILIES = ("活期存款", "协定存款", "通知存款", "定期存款", "大额存单", "国债")
_TENOR = r"(?:[一二两三五六七十]|\d{1,3})(?:天|日|个月|月|年)期?"
_PRODUCT = re.compile(rf"(?:{_TENOR})?(?P<family>{'|'.join(FAMILIES)})")


@dataclass(frozen=True, slots=True)
class Mandate:
    """The deed's limits and what the fund has free, in yuan, before the placement leaves."""

    permitted: tuple[str, ...]
    floor: Money
    book_title: str
    book_available: Money
    fund_available: Money


def plain(text: str) -> str:
    """Text for comparison: full-width forms folded (NFKC), all whitespace removed."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def family_of(product: str) -> str | None:
    """The family of a product name (七天通知存款 → 通知存款); None when it is not one we know."""
    found = _PRODUCT.fullmatch(plain(product))
    return found["family"] if found else None


def mandate_faults(mandate: Mandate, *, product: str, principal: Money) -> list[str]:
    """Every limit this placement breaks, as sentences for the operator; empty when it keeps the deed."""
    faults = []
    permitted = {plain(each) for each in mandate.permitted}
    if plain(product) not in permitted and family_of(product) not in permitted:
        faults.append(
            told(
                _("%(product)s 不在允许投资品种之内：%(permitted)s"),
                product=product,
                permitted=mandate.permitted,
            )
        )
    if principal <= ZERO:
        faults.append(told(_("本金应大于零，而不是 %(amount)s 元"), amount=principal))
        return faults
    if principal > mandate.book_available:
        faults.append(
            told(
                _("%(book)s可用 %(available)s 元，不足本金 %(principal)s 元"),
                book=mandate.book_title,
                available=mandate.book_available,
                principal=principal,
            )
        )
    left = mandate.fund_available - principal
    if left < mandate.floor:
        faults.append(
            told(
                _("存放后可用资金 %(left)s 元低于流动性底线 %(floor)s 元，还差 %(missing)s 元"),
                left=left,
                floor=mandate.floor,
                missing=mandate.floor - left,
            )
        )
    return faults
