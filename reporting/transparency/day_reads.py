"""The log as its tables have it: its list of heads, a fund's day. Never writes."""

from typing import Any

from reporting.models import LogDay, LogFundDay, PublishedEntry
from reporting.transparency.checkpoints import Seals
from reporting.transparency.head_lines import HeadLine, HeadList
from reporting.transparency.leaves import FundDay


def head_line(day: LogDay) -> HeadLine:
    """A closed day as its line."""
    seals = (day.p256_key, day.p256_signature, day.ed25519_key, day.ed25519_signature)
    return HeadLine(day.number, day.ended_on, day.funds, day.root, day.log_root, Seals(*map(bytes, seals)))


def head_list(default_origin: str) -> HeadList:
    """The whole log; under ``default_origin`` while no day is closed."""
    days = list(LogDay.objects.order_by("number"))
    return HeadList(days[0].origin if days else default_origin, tuple(map(head_line, days)))


def shown_of(code: str, entry: PublishedEntry, committed: str) -> dict[str, Any]:
    """What the log says of a published entry: all its page shows, and what commits it to the chain."""
    return {
        "amount": f"{entry.amount:.2f}",
        "commitment": committed,
        "edition": entry.publication.edition,
        "fund": code,
        "sequence": entry.sequence,
        "shows": entry.shows,
        "through": entry.publication.to_on.isoformat(),
    }


def fund_day_of(row: LogFundDay, day: LogDay, code: str) -> FundDay:
    """A stored fund's day as it is hashed."""
    return FundDay(
        code, day.ended_on, row.entries, row.first_sequence, row.last_sequence, row.papers, row.entries_root,
        row.papers_root,
    )  # fmt: skip
