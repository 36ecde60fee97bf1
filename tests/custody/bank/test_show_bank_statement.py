"""The command prints what was understood, lists every fault, and exits 2 when there is one."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.custody.bank.exports import ACCOUNT, HEADER, LAYOUTS, sample
from tests.custody.bank.messages import camt_bytes, camt_statement
from tests.make_files import csv_bytes, write

PACK = Path(__file__).parents[2] / "packs" / "four-seasons"


def shown(*files: Any, **options: Any) -> tuple[Any, ...]:
    out = io.StringIO()
    try:
        call_command("show_bank_statement", *map(str, files), stdout=out, **options)
    except CommandError as refused:
        return out.getvalue(), refused.returncode
    return out.getvalue(), 0


def test_a_line_is_shown_with_its_signed_amount(tmp_path: Path) -> None:
    text, code = shown(write(tmp_path, "a.csv", csv_bytes(LAYOUTS["two columns"][0](sample()))))

    assert code == 0
    assert "-7,144.00" in text
    assert "+106.72" in text


def test_a_statement_is_shown_with_its_account(tmp_path: Path) -> None:
    assert ACCOUNT in shown(write(tmp_path, "a.csv", csv_bytes(LAYOUTS["two columns"][0](sample()))))[0]


def test_json_holds_amounts_as_decimal_strings() -> None:
    text, code = shown(PACK / "bank-2025-07.xlsx", as_json=True)

    (statement,) = json.loads(text)
    assert (code, statement["line_count"], statement["faults"]) == (0, 349, [])
    assert (statement["opening_balance"], statement["closing_balance"]) == ("498532.47", "430099.45")
    assert statement["lines"][0] == {
        "row": 5,
        "date": "2025-07-01",
        "time": "08:13:27",
        "amount": "106.72",
        "balance": "498639.19",
        "counterparty_name": "张芳",
        "counterparty_account": "6294024393146064833",
        "counterparty_bank": "",
        "summary": "转账",
        "memo": "9栋4单元101号",
        "voucher": "07000001",
        "details": [],
    }


def test_row_faults_are_listed_and_the_command_exits_two(tmp_path: Path) -> None:
    rows = [HEADER, ["20250701", "", "5", "105.00", "", ""], ["20250702", "", "5", "111.00", "", ""]]

    text, code = shown(write(tmp_path, "a.csv", csv_bytes(rows)))

    assert (code, "第3行" in text) == (2, True)


def test_an_unreadable_file_exits_two_and_hides_no_other(tmp_path: Path) -> None:
    bad = write(tmp_path, "b.xlsx", b"%PDF-1.7")

    text, code = shown(bad, PACK / "bank-2025-07.xlsx", as_json=True)

    assert (code, [bool(one["faults"]) for one in json.loads(text)]) == (2, [True, False])


def test_text_from_a_bank_is_shown_as_it_stands(tmp_path: Path) -> None:
    memo = "[red]:smile:[/red] =1+1"

    text, _ = shown(write(tmp_path, "a.csv", csv_bytes([HEADER, ["20250701", "", "5", "5", "张三", memo]])))

    assert memo in text


def test_a_long_summary_survives_a_pipe_whole(tmp_path: Path) -> None:
    memo = "一号楼二单元三百零一室业主张三代缴七月至十二月物业服务费及公共能耗费" * 3
    rows = [HEADER, ["20250701", "", "5", "5", "张三", memo]]

    text, _ = shown(write(tmp_path, "a.csv", csv_bytes(rows)))

    assert memo in text


@pytest.mark.parametrize("content", [b"", b"\x00", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_no_file_makes_the_command_fail_otherwise(tmp_path: Path, content: bytes) -> None:
    assert shown(write(tmp_path, "a.xls", content))[1] == 2


def test_every_statement_of_a_message_is_shown_alike(tmp_path: Path) -> None:
    opening = Decimal("498532.47")
    texts = [camt_statement(sample(), opening=opening, account=number) for number in (ACCOUNT, "622")]

    text, code = shown(write(tmp_path, "a.xml", camt_bytes(*texts)), as_json=True)

    assert (code, [one["account"] for one in json.loads(text)]) == (0, [ACCOUNT, "622"])
    assert [one["line_count"] for one in json.loads(text)] == [5, 5]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_name_that_is_not_utf_8_is_shown_as_far_as_it_can_be(tmp_path: Path, as_json: bool) -> None:
    name = b"\xc1\xf7.csv".decode("utf-8", "surrogateescape")

    text, code = shown(write(tmp_path, name, b"a"), as_json=as_json)

    assert (code, "文件名不是 UTF-8 编码" in text, bool(text.encode())) == (2, True, True)
