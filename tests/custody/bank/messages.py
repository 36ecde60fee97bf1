"""One chain of movements as camt.053 of any version and as MT940. The application never uses it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from tests.custody.bank.exports import ACCOUNT, OWNER, Move

CAMT_VERSIONS = tuple(f"{version:02}" for version in range(1, 15))


def camt_bytes(*statements: str, version: str = "08", encoding: str = "UTF-8", kind: str = "053") -> bytes:
    """A message around ``statements``."""
    root = "BkToCstmrStmtV01" if version == "01" else "BkToCstmrStmt"
    text = f"""<?xml version="1.0" encoding="{encoding}"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}">
<{root}><GrpHdr><MsgId>M1</MsgId><CreDtTm>2025-08-01T08:00:00</CreDtTm></GrpHdr>
{"".join(statements)}</{root}></Document>"""
    return text.encode(encoding)


def camt_statement(
    moves: Sequence[Move],
    *,
    opening: Decimal,
    version: str = "08",
    account: str = ACCOUNT,
    title: str = "2025-07",
    extra: str = "",
    closing: Decimal | None = None,
) -> str:
    """One statement; ``extra`` are further entries as they stand."""
    last = moves[-1].balance if moves else opening
    return f"""<Stmt><Id>{title}</Id><CreDtTm>2025-08-01T08:00:00</CreDtTm>
<Acct>{_identified(account, version)}<Ccy>CNY</Ccy><Ownr><Nm>{OWNER}</Nm></Ownr></Acct>
{_balance("OPBD", opening, version)}{_balance("CLBD", last if closing is None else closing, version)}
{"".join(camt_entry(move, version=version) for move in moves)}{extra}</Stmt>"""


def camt_entry(move: Move, *, version: str = "08", transactions: str = "") -> str:
    """One entry, of one transaction or of those given."""
    side = "Dbtr" if move.amount >= 0 else "Cdtr"
    party = f"<Nm>{escape(move.name)}</Nm>"
    party = f"<Pty>{party}</Pty>" if int(version) >= 8 else party
    details = transactions or (
        f"<TxDtls><RltdPties><{side}>{party}</{side}><{side}Acct>{_identified(move.number, version)}"
        f"</{side}Acct></RltdPties><RmtInf><Ustrd>{escape(move.memo)}</Ustrd></RmtInf></TxDtls>"
    )
    details = details if version == "01" else f"<NtryDtls>{details}</NtryDtls>"
    status = "<Cd>BOOK</Cd>" if int(version) >= 8 else "BOOK"
    return f"""<Ntry><Amt Ccy="CNY">{abs(move.amount)}</Amt>{_mark(move.amount)}<Sts>{status}</Sts>
<BookgDt><DtTm>{move.at:%Y-%m-%dT%H:%M:%S}</DtTm></BookgDt><AcctSvcrRef>V{move.at:%d%H%M%S}</AcctSvcrRef>
<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>{details}</Ntry>"""


def _identified(account: str, version: str) -> str:
    tag = "PrtryAcct" if version == "01" else "Othr"
    return f"<Id><{tag}><Id>{account}</Id></{tag}></Id>"


def _balance(kind: str, amount: Decimal, version: str) -> str:
    code = f"<Cd>{kind}</Cd>" if version == "01" else f"<CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry>"
    money = f'<Amt Ccy="CNY">{abs(amount)}</Amt>{_mark(amount)}'
    return f"<Bal><Tp>{code}</Tp>{money}<Dt><Dt>2025-07-01</Dt></Dt></Bal>"


def _mark(amount: Decimal) -> str:
    return f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd>"


def mt940(
    moves: Sequence[Move],
    *,
    opening: Decimal,
    account: str = ACCOUNT,
    number: str = "1/1",
    closing: Decimal | None = None,
) -> list[str]:
    """One statement's lines, without an envelope."""
    last = moves[-1].balance if moves else opening
    lines = [":20:ST250731", f":25:{account}", f":28C:{number}", f":60F:{_swift_balance(opening)}"]
    for move in moves:
        mark = "C" if move.amount >= 0 else "D"
        money = f"{abs(move.amount)}".replace(".", ",")
        lines.append(f":61:{move.at:%y%m%d%m%d}{mark}{money}NTRFNONREF//V{move.at:%d%H%M%S}")
        lines.append(f":86:/NAME/{move.name}/ACCT/{move.number}/REMI/{move.memo}")
    return [*lines, f":62F:{_swift_balance(last if closing is None else closing)}"]


def _swift_balance(amount: Decimal) -> str:
    return f"{'C' if amount >= 0 else 'D'}250701CNY{abs(amount)}".replace(".", ",")


ENVELOPES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text + "\r\n-\r\n",
    "blocks": lambda text: (
        "{1:F01BANKCNBJAXXX0000000000}{2:O9401200250731BANKCNBJAXXX00000000002507311200N}{4:\r\n"
        + text
        + "\r\n-}{5:{CHK:000000000000}}"
    ),
    "terminal": lambda text: (
        "\x01{1:F01BANKCNBJAXXX0000000000}{2:I940BANKCNBJXXXXN}{4:\r\n" + text + "\r\n-}\x03"
    ),
    "at signs": lambda text: "@@" + text.replace("\r\n", "@@") + "@@-@@",
    "line feeds": lambda text: text.replace("\r\n", "\n") + "\n-\n",
    "byte order mark": lambda text: "\ufeff" + text + "\r\n",
}
