"""What a statement is asked for by: fund, kind and days. A value; nothing is looked up."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """Which statement of which fund and period; ``known_at`` to see it as the ledger stood then."""

    fund_code: str
    kind: str
    from_on: date
    to_on: date
    known_at: datetime | None = None
