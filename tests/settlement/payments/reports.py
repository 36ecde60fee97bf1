"""What the bank answers to one payment file, as pain.002 of any version. The application never uses it."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

VERSIONS = tuple(f"{version:02}" for version in range(2, 16))


@dataclass(frozen=True)
class Said:
    """Of one payment: its name, its status, why, and the amount where the bank repeats it."""

    name: str
    status: str = "RJCT"
    reason: str = "AC04"
    words: str = ""
    amount: str = ""
    currency: str = "CNY"


def report(
    original: str,
    *said: Said,
    whole: str = "",
    block: str = "",
    version: str = "10",
    why: str = "",
    block_id: str = "",
) -> bytes:
    """A report on the file ``original``; ``whole`` and ``block`` are of all, ``why`` their reason."""
    first = version == "02"
    root = "pain.002.001.02" if first else "CstmrPmtStsRpt"
    of_all = f"<GrpSts>{whole}</GrpSts>{_why(why, '', first)}" if whole else ""
    payments = "".join(_payment(each, place, first) for place, each in enumerate(said, start=1))
    if not first and (said or block):
        status = f"<PmtInfSts>{block}</PmtInfSts>" if block else ""
        called = f"<OrgnlPmtInfId>{block_id or original}</OrgnlPmtInfId>"
        payments = f"<OrgnlPmtInfAndSts>{called}{status}{payments}</OrgnlPmtInfAndSts>"
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><{root}>
<GrpHdr><MsgId>STS1</MsgId><CreDtTm>2025-08-05T18:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{original}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{of_all}
</OrgnlGrpInfAndSts>{payments}</{root}></Document>"""
    return text.encode()


def _payment(said: Said, place: int, first: bool) -> str:
    stated = f'<InstdAmt Ccy="{said.currency}">{said.amount}</InstdAmt>'
    amount = f"<OrgnlTxRef><Amt>{stated}</Amt></OrgnlTxRef>" if said.amount else ""
    status = f"<TxSts>{said.status}</TxSts>" if said.status else ""
    named = f"<OrgnlInstrId>{said.name}</OrgnlInstrId><OrgnlEndToEndId>{said.name}</OrgnlEndToEndId>"
    why = _why(said.reason, said.words, first)
    return f"<TxInfAndSts><StsId>S{place}</StsId>{named}{status}{why}{amount}</TxInfAndSts>"


def _why(reason: str, words: str, first: bool) -> str:
    if not reason and not words:
        return ""
    code, added = ("StsRsn", "AddtlStsRsnInf") if first else ("Rsn", "AddtlInf")
    given = f"<{code}><Cd>{reason}</Cd></{code}>" if reason else ""
    return f"<StsRsnInf>{given}{f'<{added}>{escape(words)}</{added}>' if words else ''}</StsRsnInf>"
