"""What rooms above have keys turned on, as rows of the lists that wait for either key.

A room registers one query when the house starts, so that no lower room names its tables. Refuses nothing.
"""

from typing import LiteralString

_registered: list[LiteralString] = []


def register_keyed_rows(query: LiteralString) -> None:
    """Add to both lists the rows of ``query``: fund, kind, id, number, amount, since, maker, named so.

    It reads the funds ``%(funds)s`` and leaves out what the key ``{which}`` stands on. For AppConfig.ready.
    """
    if query not in _registered:
        _registered.append(query)


def with_further_keys(listed: LiteralString, which: LiteralString, columns: LiteralString) -> LiteralString:
    """A list's query, and after it those rows in the order of its ``columns``."""
    row: LiteralString = "    UNION ALL\n    SELECT {columns} FROM ({query}) y\n"
    further: LiteralString = "".join(
        row.replace("{columns}", columns).replace("{query}", query.replace("{which}", which))
        for query in _registered
    )
    return listed.replace("    /* further */\n", further)
