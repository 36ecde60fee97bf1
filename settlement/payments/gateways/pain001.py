"""Payment orders as a pain.001.001.09 file: facts in, bytes out, the same facts always the same bytes.

Refuses identifiers the format does not hold, an empty batch, and any amount that is not positive, in yuan.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from djmoney.money import Money
from lxml import etree

from custody.kernel.invariants import invariant
from custody.kernel.money import ZERO

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
NAME_MAX, REMITTANCE_MAX = 140, 140
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,35}", re.ASCII)
_CLEARING_SYSTEM = "CNAPS"


@dataclass(frozen=True, slots=True)
class Party:
    """An account holder and where the account is kept. ``clearing_number`` is empty when not known."""

    holder: str
    account: str
    bank_name: str
    clearing_number: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One order of the batch; ``remittance`` leads with the invoice number."""

    end_to_end_id: str
    amount: Money
    creditor: Party
    remittance: str

    def __post_init__(self) -> None:
        invariant(_IDENTIFIER.fullmatch(self.end_to_end_id), "an end-to-end id is 1 to 35 plain characters")
        invariant(self.amount > ZERO, "a transfer is a positive amount in yuan")


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one file says. ``created_at`` carries its time zone."""

    message_id: str
    created_at: datetime
    execute_on: date
    debtor: Party
    transfers: tuple[Transfer, ...]

    def __post_init__(self) -> None:
        invariant(_IDENTIFIER.fullmatch(self.message_id), "a message id is 1 to 35 plain characters")
        invariant(self.transfers, "a batch has at least one order")
        invariant(self.created_at.tzinfo is not None, "a batch knows its time zone")


def render(batch: Batch) -> bytes:
    """The file of ``batch``, UTF-8 with its declaration."""
    default: dict[Any, str] = {None: NAMESPACE}
    document = etree.Element(_tag("Document"), nsmap=default)
    initiation = _sub(document, "CstmrCdtTrfInitn")
    header = _sub(initiation, "GrpHdr")
    _sub(header, "MsgId", batch.message_id)
    _sub(header, "CreDtTm", batch.created_at.isoformat(timespec="seconds"))
    _totals(header, batch.transfers)
    _sub(_sub(header, "InitgPty"), "Nm", _text(batch.debtor.holder, NAME_MAX))
    payment = _sub(initiation, "PmtInf")
    _sub(payment, "PmtInfId", batch.message_id)
    _sub(payment, "PmtMtd", "TRF")
    _totals(payment, batch.transfers)
    _sub(_sub(payment, "ReqdExctnDt"), "Dt", batch.execute_on.isoformat())
    _sub(_sub(payment, "Dbtr"), "Nm", _text(batch.debtor.holder, NAME_MAX))
    _account(_sub(payment, "DbtrAcct"), batch.debtor)
    _agent(_sub(payment, "DbtrAgt"), batch.debtor)
    _sub(payment, "ChrgBr", "SLEV")
    for transfer in batch.transfers:
        _transfer(_sub(payment, "CdtTrfTxInf"), transfer)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _transfer(node: etree._Element, transfer: Transfer) -> None:
    identity = _sub(node, "PmtId")
    _sub(identity, "InstrId", transfer.end_to_end_id)
    _sub(identity, "EndToEndId", transfer.end_to_end_id)
    amount = _sub(_sub(node, "Amt"), "InstdAmt", f"{transfer.amount.amount:.2f}")
    amount.set("Ccy", transfer.amount.currency.code)
    _agent(_sub(node, "CdtrAgt"), transfer.creditor)
    _sub(_sub(node, "Cdtr"), "Nm", _text(transfer.creditor.holder, NAME_MAX))
    _account(_sub(node, "CdtrAcct"), transfer.creditor)
    _sub(_sub(node, "RmtInf"), "Ustrd", _text(transfer.remittance, REMITTANCE_MAX))


def _totals(node: etree._Element, transfers: Sequence[Transfer]) -> None:
    _sub(node, "NbOfTxs", str(len(transfers)))
    _sub(node, "CtrlSum", f"{sum((each.amount for each in transfers), ZERO).amount:.2f}")


def _account(node: etree._Element, party: Party) -> None:
    _sub(_sub(_sub(node, "Id"), "Othr"), "Id", party.account)
    _sub(node, "Ccy", ZERO.currency.code)


def _agent(node: etree._Element, party: Party) -> None:
    """The bank: by clearing number where one is known, and by name."""
    institution = _sub(node, "FinInstnId")
    if party.clearing_number:
        member = _sub(institution, "ClrSysMmbId")
        _sub(_sub(member, "ClrSysId"), "Cd", _CLEARING_SYSTEM)
        _sub(member, "MmbId", party.clearing_number)
    _sub(institution, "Nm", _text(party.bank_name, NAME_MAX))


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    node = etree.SubElement(parent, _tag(name))
    node.text = text
    return node


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _text(value: str, length: int) -> str:
    """Printable text of at most ``length`` characters, never empty."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:length] or "-"
