"""Proves what a fund's entries rest on: one check after another, each resumed where an interrupted run stood.

Upper apps add theirs (payment files) with ``register_evidence``. A check yields (place, sentences): a
place to resume behind, and what does not hold up to there. Refuses to write.
"""

from collections.abc import Callable, Iterator

from django.db import connections
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.keys.proving import keys_judged
from custody.ledger.sourced import misbooked_lines, unfounded_entries
from custody.models import Fund
from custody.proofs.bank_files import following_balances, kept_bank_files

Check = Callable[[Fund, int, str], Iterator[tuple[int, list[str]]]]


def booked_lines(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each bank line is booked, once, for its amount."""
    sentence = _("流水 %(account)s 第 %(position)s 笔为 %(amount)s 元，账上按它记了 %(moved)s 元")
    yield (
        1,
        [
            told(sentence, account=number, position=position, amount=amount, moved=moved)
            for number, position, amount, moved in misbooked_lines(fund.pk, using=using)
        ],
    )


def founded_entries(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each entry's source is there and speaks of the same money."""
    sentence = _("第 %(sequence)s 笔分录所依据的 %(source)s 不存在，或金额不符")
    yield (
        1,
        [
            told(sentence, sequence=sequence, source=source)
            for sequence, source in unfounded_entries(fund.pk, using=using)
        ],
    )


def bank_is_book(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """The bank's newest balances and the books' cash are the same."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT custody_bank_difference(%s)", (fund.pk,))
        difference = cursor.fetchone()[0]
    sentence = _("银行余额与账面银行存款相差 %(amount)s")
    yield 1, [told(sentence, amount=difference)] if difference else []


def keys_signed(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each key turned is what its holder's device signed."""
    for place, fault in keys_judged(fund.pk, after=after, using=using):
        yield place, [] if fault is None else [str(fault)]


_checks: dict[str, Check] = {
    "bank files": kept_bank_files,
    "bank balances": following_balances,
    "booked lines": booked_lines,
    "sources": founded_entries,
    "bank and book": bank_is_book,
    "keys": keys_signed,
}


def register_evidence(name: str, check: Check) -> None:
    """Have ``check`` asked of every fund after custody's own. For AppConfig.ready; again changes nothing."""
    _checks[name] = check


def verify_evidence(
    fund: Fund,
    *,
    using: str = "default",
    stood: dict[str, int] | None = None,
    reached: Callable[[str, int, list[str]], None] | None = None,
) -> list[str]:
    """Every sentence that names what does not hold; an empty list is a proof.

    ``stood`` says behind which place each check is resumed; ``reached`` is told of each place as it is done.
    """
    found: list[str] = []
    for name, check in _checks.items():
        after = (stood or {}).get(name, 0)
        if after and name in _WHOLE:
            continue
        for place, faults in check(fund, after, using):
            found += faults
            if reached is not None:
                reached(name, place, faults)
    return found


_WHOLE = {"bank balances", "booked lines", "sources", "bank and book"}  # done at once, or not at all
