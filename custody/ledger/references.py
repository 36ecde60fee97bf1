"""How entries cite their evidence, in ``source`` and ``key``: by its natural name, never by a row's number.

``kind:name[:name]``; the chain hashes it, so the same history has the same heads in every database. Refuses
nothing: what a name means is the room's that wrote it.
"""

from custody.models import BankLine

BANK_LINE = "bankline"
SETTLEMENT = "settlement"
PLACEMENT = "placement"
ORDER = "order"
RESOLUTION = "resolution"
ASSESSMENT = "assessment"
FILE = "file"


def cite(kind: str, *names: object) -> str:
    """``kind`` and what the thing is called."""
    return ":".join([kind, *map(str, names)])


def cited(source: str) -> tuple[str, str]:
    """Kind and name of what a source cites."""
    kind, _, name = source.partition(":")
    return kind, name


def bank_line(line: BankLine) -> str:
    """A bank line by its account's number and its place in that account's statement."""
    return cite(BANK_LINE, line.account.number, line.position)
