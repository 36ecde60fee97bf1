"""A bank's file into statements: workbook, text or web page, camt.053 or MT940, told apart by content.

Refuses only a file it cannot understand at all; whatever is wrong inside is a fault on its row.
"""

import hashlib
from pathlib import Path

from django.utils.translation import gettext as _

from custody.bank.exports import statement_of
from custody.bank.formats.camt import read_camt
from custody.bank.formats.mt import read_mt
from custody.bank.formats.running import chained
from custody.bank.statement import Statement, StatementLine
from custody.files.faults import refuse
from custody.files.sniffing import content_of, sniff, tabular

__all__ = [
    "Statement",
    "StatementLine",
    "read_account_bytes",
    "read_statement",
    "read_statement_bytes",
    "read_statements",
    "read_statements_bytes",
]


def read_statement(path: Path) -> Statement:
    """Read a file that holds one statement; raises Refused when it holds none, or several."""
    return read_statement_bytes(content_of(path), path.name)


def read_statement_bytes(content: bytes, name: str) -> Statement:
    """As ``read_statement``, for bytes that came under ``name``."""
    first, *others = read_statements_bytes(content, name)
    if others:
        accounts = dict.fromkeys(each.account or "—" for each in (first, *others))
        sentence = _("文件里有 %(count)s 份对账单（账号 %(accounts)s），此处只能读一份")
        raise refuse(name, sentence, count=1 + len(others), accounts=list(accounts))
    return first


def read_statements(path: Path) -> tuple[Statement, ...]:
    """Every statement of any supported file, in the file's order; raises Refused when there is none."""
    return read_statements_bytes(content_of(path), path.name)


def read_statements_bytes(content: bytes, name: str) -> tuple[Statement, ...]:
    """As ``read_statements``, for bytes that came under ``name``."""
    kind, text = sniff(name, content)
    sha256 = hashlib.sha256(content).hexdigest()
    match kind:
        case "camt":
            return read_camt(name, content, sha256)
        case "mt":
            return read_mt(name, text, sha256)
        case _:
            return (statement_of(tabular(name, content, kind, text)),)


def read_account_bytes(content: bytes, name: str, number: str) -> tuple[Statement, tuple[str, ...]]:
    """What a file says of one account, its statements as one, and the other accounts it speaks of.

    A file that says nothing of the account gives its first statement, for the caller to refuse by its number.
    """
    statements = read_statements_bytes(content, name)
    own = [each for each in statements if each.account in (number, None)]
    others = dict.fromkeys(each.account for each in statements if each.account not in (number, None))
    if not own:
        return statements[0], ()
    return chained(own), tuple(other for other in others if other)
