"""What a file really is: every disguise, cut and lock is refused with a reason; nothing else escapes."""

import io
import random
import struct
import time
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msoffcrypto.format.ooxml import OOXMLFile

from custody.files.faults import Refused
from custody.files.limits import SIZE_BYTES_MAX
from custody.files.ole import SIGNATURE
from custody.files.sniffing import open_tabular
from tests.draws import examples
from tests.make_files import csv_bytes, html_bytes, repacked, saved, write, xls_bytes, xlsx_bytes

ROWS = [["日期", "金额", "备注"], ["2025-07-01", "1,234.50", "物业费"], ["2025-07-02", "8.00", "停车"]]


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        open_tabular(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.xlsx", xlsx_bytes(ROWS), "xlsx"),
        ("a.xls", xls_bytes(ROWS), "xls"),
        ("a.csv", csv_bytes(ROWS), "csv"),
        ("a.csv", csv_bytes(ROWS, encoding="gb18030"), "csv"),
        ("a.csv", csv_bytes(ROWS, encoding="utf-8-sig"), "csv"),
        ("a.csv", csv_bytes(ROWS, encoding="utf-16"), "csv"),
        ("a.csv", csv_bytes(ROWS, delimiter=";"), "csv"),
        ("a.txt", csv_bytes(ROWS, delimiter="|"), "csv"),
        ("a.xls", csv_bytes(ROWS, delimiter="\t", encoding="gb18030"), "csv"),
        ("a.xls", html_bytes(ROWS), "html"),
        ("A.XLS", html_bytes(ROWS), "html"),
    ],
)
def test_the_same_table_reads_alike_from_every_container(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    file = open_tabular(write(tmp_path, name, content))

    assert (file.kind, [list(row) for row in file.sheets[0].rows]) == (kind, ROWS)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"%PDF-1.7\n%abc", "PDF"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n00", "PNG"),
        ("a.csv", xlsx_bytes(ROWS), "xlsx 工作簿"),
        ("a.xls", xlsx_bytes(ROWS), "xlsx 工作簿"),
        ("a.xlsx", xls_bytes(ROWS), "旧版 xls"),
        ("a.xlsx", csv_bytes(ROWS), "CSV"),
        ("a.xlsx", html_bytes(ROWS), "HTML"),
        ("a.csv", html_bytes(ROWS), "HTML"),
        ("a.pdf", csv_bytes(ROWS), "CSV"),
        ("a.csv", b"Rar!\x1a\x07\x00", "RAR"),
        ("a.xlsm", xlsx_bytes(ROWS), "宏"),
    ],
)
def test_a_file_under_a_false_name_is_told_what_it_really_is(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    assert says in refusal(write(tmp_path, name, content))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空"),
        (b" \r\n\t", "空"),
        (b"\xef\xbb\xbf", "空"),
        (b"a,b\r\n1,\x002\r\n", "NUL"),
        (b"a,b\r\n1,\x012\r\n", "控制字符"),
        (b"\xff\xff\xfe\xfe" * 40, "编码"),
        ("日期,金额\r\n2025-07-01,物业".encode()[:-1], "截断"),
        ('日期,金额\r\n"2025-07-01,1.00\r\n'.encode(), "引号"),
        (
            b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
            "camt.053",
        ),
        (
            b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
            "pain.001",
        ),
        (b"{1:F01BANKCNBJAXXX0000000000}{2:O940}", "MT940"),
        (b":20:START\r\n:25:123\r\n:60F:C250701CNY1,\r\n", "MT940"),
    ],
)
def test_text_that_is_no_table_is_refused_saying_why(tmp_path: Path, content: Any, says: str) -> None:
    assert says in refusal(write(tmp_path, "a.csv", content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "不存在" in refusal(tmp_path / "none.xlsx")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "不是普通文件" in refusal(tmp_path)


def test_a_file_of_fifty_megabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as stream:
        stream.truncate(50 * 1024 * 1024)
    started = time.perf_counter()

    assert f"上限 {SIZE_BYTES_MAX >> 20} MB" in refusal(path)
    assert time.perf_counter() - started < 0.5


def test_an_html_page_without_a_table_is_refused(tmp_path: Path) -> None:
    assert "没有表格" in refusal(write(tmp_path, "a.xls", "<html><body>请重新登录</body></html>".encode()))


def test_a_page_that_only_speaks_of_a_message_is_still_a_page(tmp_path: Path) -> None:
    content = html_bytes([*ROWS, ["2025-07-03", "1.00", "camt.053"]])

    assert open_tabular(write(tmp_path, "a.html", content)).kind == "html"


def test_an_html_table_cut_short_is_refused(tmp_path: Path) -> None:
    assert "截断" in refusal(write(tmp_path, "a.xls", html_bytes(ROWS)[:-40]))


def test_an_html_cell_that_spans_columns_keeps_the_others_in_place(tmp_path: Path) -> None:
    page = "<table><tr><td colspan=2>合</td><td>丙</td></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>"

    rows = open_tabular(write(tmp_path, "a.html", page.encode())).sheets[0].rows

    assert rows == (("合", None, "丙"), ("1", "2", "3"))


def test_numbers_arrive_exact_and_dates_as_dates(tmp_path: Path) -> None:
    content = xlsx_bytes([[498639.19, 0.1 + 0.2, 7, date(2025, 7, 1), "007"]])

    cells = open_tabular(write(tmp_path, "a.xlsx", content)).sheets[0].rows[0]

    assert cells == (Decimal("498639.19"), Decimal("0.3"), 7, date(2025, 7, 1), "007")


def test_no_number_is_ever_binary(tmp_path: Path) -> None:
    cells = open_tabular(write(tmp_path, "a.xls", xls_bytes([[1.1, 2.0, 3]]))).sheets[0].rows[0]

    assert [type(cell) for cell in cells] == [Decimal, int, int]


def test_each_formula_cell_of_an_xlsx_is_named(tmp_path: Path) -> None:
    content = xlsx_bytes([["日期", "金额"], ["2025-07-01", "=1+1"], ["2025-07-02", "=B2*2"]], title="流水")

    with pytest.raises(Refused) as caught:
        open_tabular(write(tmp_path, "a.xlsx", content))

    assert [(f.sheet, f.row, f.column) for f in caught.value.faults] == [("流水", 2, "B"), ("流水", 3, "B")]


def test_a_shared_formula_is_a_formula(tmp_path: Path) -> None:
    raw = xlsx_bytes([[1, 2]])
    sheet = zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml")
    shared = sheet.replace(b"<v>2</v>", b'<f t="shared" si="0"/><v>2</v>')

    assert "B1 是公式" in refusal(
        write(tmp_path, "a.xlsx", repacked(raw, replace={"xl/worksheets/sheet1.xml": shared}))
    )


def test_a_formula_in_a_legacy_xls_is_named(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("流水")
    sheet.write(0, 0, 1)
    sheet.write(2, 1, xlwt.Formula("A1+1"))

    assert "B3 是公式" in refusal(write(tmp_path, "a.xls", saved(book)))


def test_an_error_cell_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["C2"] = "#REF!"

    assert "C2 是错误值" in refusal(write(tmp_path, "a.xlsx", saved(book)))


def encrypted(raw: bytes) -> bytes:
    out = io.BytesIO()
    office: Any = OOXMLFile  # says no types of its own
    office(io.BytesIO(raw)).encrypt("secret", out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_password_protected_workbook_is_refused(tmp_path: Path, name: str) -> None:
    assert "密码" in refusal(write(tmp_path, name, encrypted(xlsx_bytes(ROWS))))


def test_a_locked_legacy_xls_is_refused(tmp_path: Path) -> None:
    raw = xls_bytes(ROWS)
    stream_begins = raw.index(struct.pack("<HH", 0x0809, 16))
    after_first = stream_begins + 20
    length = struct.unpack_from("<H", raw, after_first + 2)[0]
    locked = raw[:after_first] + struct.pack("<HH", 0x002F, length) + raw[after_first + 4 :]

    assert "密码" in refusal(write(tmp_path, "a.xls", locked))


def test_a_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    raw = repacked(xlsx_bytes(ROWS), replace={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})

    assert "宏" in refusal(write(tmp_path, "a.xlsx", raw))


def test_a_workbook_that_declares_macros_is_refused(tmp_path: Path) -> None:
    raw = xlsx_bytes(ROWS)
    types = zipfile.ZipFile(io.BytesIO(raw)).read("[Content_Types].xml")
    declared = types.replace(b"spreadsheetml.sheet.main", b"macroEnabled.main")

    assert "宏" in refusal(
        write(tmp_path, "a.xlsx", repacked(raw, replace={"[Content_Types].xml": declared}))
    )


def test_a_workbook_linked_to_another_is_refused(tmp_path: Path) -> None:
    raw = repacked(xlsx_bytes(ROWS), replace={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})

    assert "外部链接" in refusal(write(tmp_path, "a.xlsx", raw))


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    raw = repacked(xlsx_bytes(ROWS), replace={"xl/worksheets/sheet1.xml": bomb})

    assert "实体" in refusal(write(tmp_path, "a.xlsx", raw))


def test_a_zip_bomb_is_refused_by_its_declared_size(tmp_path: Path) -> None:
    raw = repacked(xlsx_bytes(ROWS), replace={"xl/media/zero.bin": bytes(120 * 1024 * 1024)})

    assert "压缩炸弹" in refusal(write(tmp_path, "a.xlsx", raw))


def test_a_part_that_shrinks_beyond_belief_is_refused(tmp_path: Path) -> None:
    raw = repacked(xlsx_bytes(ROWS), replace={"xl/media/zero.bin": bytes(20 * 1024 * 1024)})

    assert "压缩比" in refusal(write(tmp_path, "a.xlsx", raw))


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    raw = bytearray(repacked(xlsx_bytes(ROWS), replace={"xl/media/zero.bin": bytes(120 * 1024 * 1024)}))
    size = struct.pack("<I", 120 * 1024 * 1024)
    while (at := raw.find(size)) >= 0:
        raw[at : at + 4] = struct.pack("<I", 1000)

    assert refusal(write(tmp_path, "a.xlsx", bytes(raw)))


def test_a_cell_at_the_far_corner_cannot_exhaust_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"], book.worksheets[0]["XFD1048576"] = 1, 2

    assert "表格过大" in refusal(write(tmp_path, "a.xlsx", saved(book)))


def test_another_zip_is_told_apart_from_a_workbook(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert "Word" in refusal(write(tmp_path, "a.xlsx", stream.getvalue()))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_truncated_workbook_is_refused(tmp_path: Path, name: str, share: float) -> None:
    raw = xlsx_bytes(ROWS * 50) if name.endswith("x") else xls_bytes(ROWS * 50)

    assert "完整" in refusal(write(tmp_path, name, raw[: int(len(raw) * share)]))


def opens_or_refuses(path: Path) -> bool:
    try:
        open_tabular(path)
    except Refused:
        return False
    return True


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=600),
    start=st.sampled_from([b"", b"PK\x03\x04", SIGNATURE, b"<table>", b"\xff\xfe"]),
)
def test_random_bytes_open_or_are_refused_and_nothing_else(tmp_path: Path, raw: Any, start: Any) -> None:
    for extension in (".xlsx", ".xls", ".csv", ".html"):
        opens_or_refuses(write(tmp_path, f"a{extension}", start + raw))


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_damaged_workbook_opens_or_is_refused_and_nothing_else(tmp_path: Path, kind: str) -> None:
    raw = xlsx_bytes(ROWS * 20) if kind == "xlsx" else xls_bytes(ROWS * 20)
    chance = random.Random(20250701)
    opened = 0
    for _ in range(250):
        damaged = bytearray(raw)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.choice((0, 255, chance.randrange(256)))
        opened += opens_or_refuses(write(tmp_path, f"a.{kind}", bytes(damaged)))

    assert opened < 250


# ---- what no database could keep, and names that cannot be shown ----


def with_text(instead: str) -> bytes:
    """A workbook whose second row says 物业<instead>费, escapes as they stand."""
    raw = xlsx_bytes([["摘要"], ["物业HERE费"]])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name.startswith("xl/")}
    return repacked(
        raw, replace={name: part.replace(b"HERE", instead.encode()) for name, part in parts.items()}
    )


def test_a_control_character_in_a_workbook_cell_is_named(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, "a.xlsx", with_text("_x0000_")))

    assert "第2行 列「A」" in said
    assert "控制字符" in said


def test_a_line_break_written_as_an_escape_is_no_control_character(tmp_path: Path) -> None:
    file = open_tabular(write(tmp_path, "a.xlsx", with_text("_x000D_")))

    assert file.sheets[0].rows[1] == ("物业\r费",)


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    name = b"\xc1\xf7\xcb\xae.csv".decode("utf-8", "surrogateescape")

    assert "文件名不是 UTF-8 编码" in refusal(write(tmp_path, name, csv_bytes(ROWS)))


def test_power_query_parts_in_utf_16_beside_the_workbook_are_passed_over(tmp_path: Path) -> None:
    part = '<?xml version="1.0" encoding="utf-16"?><DataMashup/>'.encode("utf-16")
    raw = repacked(xlsx_bytes(ROWS), replace={"customXml/item1.xml": part})

    assert [list(row) for row in open_tabular(write(tmp_path, "a.xlsx", raw)).sheets[0].rows] == ROWS


def test_entities_hidden_in_utf_16_are_refused(tmp_path: Path) -> None:
    part = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x/>'.encode("utf-16")
    raw = repacked(xlsx_bytes(ROWS), replace={"customXml/item1.xml": part})

    assert "实体" in refusal(write(tmp_path, "a.xlsx", raw))
