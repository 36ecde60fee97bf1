"""A payment file read back: bytes in, facts out.

Refuses any file that ``pain001.render`` would not write again.
"""

from datetime import date, datetime
from decimal import InvalidOperation

from django.utils.translation import gettext as _
from lxml import etree

from custody.kernel.errors import Rejected
from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import yuan
from settlement.payments.gateways.pain001 import NAMESPACE, Batch, Party, Transfer, render

_IN = {"p": NAMESPACE}


def read_filed(content: bytes, *, name: str) -> Batch:
    """What the file called ``name`` says. Errors: Rejected (``file-not-ours``)."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        batch = _batch(etree.fromstring(content, parser))
        if render(batch) == content:
            return batch
    except (etree.LxmlError, ValueError, InvalidOperation, InvariantBroken):
        pass
    raise Rejected(
        _("发件箱中的 %(file)s 不是本系统写出的付款文件；请向银行查明它是否付过款，并移出发件箱"),
        code="file-not-ours",
        file=name,
    )


def _batch(document: etree._Element) -> Batch:
    header = _one(document, "p:CstmrCdtTrfInitn/p:GrpHdr")
    payment = _one(document, "p:CstmrCdtTrfInitn/p:PmtInf")
    return Batch(
        message_id=_said(header, "p:MsgId"),
        created_at=datetime.fromisoformat(_said(header, "p:CreDtTm")),
        execute_on=date.fromisoformat(_said(payment, "p:ReqdExctnDt/p:Dt")),
        debtor=_party(payment, "Dbtr"),
        transfers=tuple(_transfer(each) for each in payment.findall("p:CdtTrfTxInf", _IN)),
    )


def _transfer(node: etree._Element) -> Transfer:
    return Transfer(
        end_to_end_id=_said(node, "p:PmtId/p:EndToEndId"),
        amount=yuan(_said(node, "p:Amt/p:InstdAmt")),
        creditor=_party(node, "Cdtr"),
        remittance=_said(node, "p:RmtInf/p:Ustrd"),
    )


def _party(node: etree._Element, role: str) -> Party:
    bank = _one(node, f"p:{role}Agt/p:FinInstnId")
    return Party(
        holder=_said(node, f"p:{role}/p:Nm"),
        account=_said(node, f"p:{role}Acct/p:Id/p:Othr/p:Id"),
        bank_name=_said(bank, "p:Nm"),
        clearing_number=bank.findtext("p:ClrSysMmbId/p:MmbId", "", _IN),
    )


def _one(node: etree._Element, path: str) -> etree._Element:
    found = node.find(path, _IN)
    if found is None:
        raise ValueError(path)
    return found


def _said(node: etree._Element, path: str) -> str:
    return _one(node, path).text or ""
