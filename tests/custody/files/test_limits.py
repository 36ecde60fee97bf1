"""A file is counted before anything is built from it: the attacks known, each at a small scale."""

import io
import random
import zipfile
from pathlib import Path

import pytest
import xlwt

from custody.bank.formats import camt, mt
from custody.bank.reading import read_statements
from custody.files import html, limits, markup, ole, text, xlsx
from custody.files.faults import Refused
from custody.files.limits import Extent
from custody.files.sniffing import open_tabular
from tests.make_files import csv_bytes, html_bytes, repacked, saved, write, xls_bytes, xlsx_bytes

ROWS = [["日期", "金额"], ["2025-07-01", "1.00"]]
MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
CAMT = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as caught:
        read_statements(path)
    return str(caught.value)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bound a thousandth of its size, so an attack of kilobytes stands for one of megabytes."""
    for module, name, bound in (
        (limits, "ROWS_MAX", 100),
        (limits, "AREA_MAX", 2_000),
        (limits, "FILLED_MAX", 1_000),
        (limits, "TEXT_CHARS_MAX", 20_000),
        (xlsx, "FILLED_MAX", 1_000),
        (xlsx, "TEXT_CHARS_MAX", 20_000),
        (xlsx, "TAGS_MAX", 600),
        (xlsx, "STYLE_TAGS_MAX", 1_000),
        (xlsx, "CELL_TAGS_MAX", 12_000),
        (html, "ELEMENTS_MAX", 2_500),
        (html, "CELL_ELEMENTS_MAX", 10),
        (markup, "STRETCH_BYTES_MAX", 1_000),
        (markup, "CHUNK_BYTES", 64),
        (text, "LINE_CHARS_MAX", 2_000),
        (camt, "ELEMENTS_MAX", 250),
        (camt, "ENTRY_ELEMENTS_MAX", 50),
        (camt, "STATEMENTS_MAX", 10),
        (camt, "FACTS_MAX", 10),
        (camt, "LINES_MAX", 10),
        (mt, "LINES_MAX", 10),
    ):
        monkeypatch.setattr(module, name, bound)


# ---- web pages ----


def page(body: str) -> bytes:
    return f"<html><table>{body}</table></html>".encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (("<tr>" + "<td colspan=64>1</td>" * 4 + "</tr>") * 8, "表格过大（8 行 × 256 列）"),
        ("<tr>" + "<td colspan=64>1</td>" * 5 + "</tr>", "表格过大（1 行 × 320 列）"),
        ("<tr>" + "<td rowspan=900>1</td>" * 200 + "</tr>" + "<tr></tr>" * 50, "表格过大"),
        ("<tr></tr>" * 101, "表格过大（101 行"),
        ("<tr><td>" + "<b>" * 20 + "</td></tr>", "标记过多"),
        ("<p>" * 3_000 + "<tr><td>1</td></tr>", "标记过多"),
        ("<tr><td" + "".join(f" a{at}" for at in range(2_000)) + ">1</td></tr>", "标记过多"),
        ("<tr><td>1</td></tr><!--" + "x" * 5_000, "标记过多"),
    ],
    ids=["wide", "too wide", "tall", "rows", "cell", "page", "attributes", "comment"],
)
@pytest.mark.usefixtures("small")
def test_a_page_that_would_grow_is_refused_by_counting(tmp_path: Path, body: str, says: str) -> None:
    assert says in refusal(write(tmp_path, "a.html", page(body)))


@pytest.mark.usefixtures("small")
def test_a_page_within_its_bounds_is_read(tmp_path: Path) -> None:
    assert open_tabular(write(tmp_path, "a.html", html_bytes(ROWS * 20))).sheets[0].rows[1][1] == "1.00"


# ---- text ----


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n" + b"\n" * 200, "表格过大（101 行"),
        ((b"," * 200 + b"\n") * 20, "表格过大"),
        (b"1,2,3,4,5,6,7,8,9,0,1,2,3,4,5\n" * 90, "表格内容过多"),
        (b"a," * 1_500 + b"\n", "一行过长"),
        (b'"x\n",' * 1_000 + b"\n", "一行过长"),
    ],
    ids=["rows", "blanks", "filled", "line", "quoted"],
)
@pytest.mark.usefixtures("small")
def test_text_that_would_grow_is_refused_by_counting(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in refusal(write(tmp_path, "a.csv", content))


# ---- workbooks ----


def packed(parts: dict[str, bytes]) -> bytes:
    return repacked(xlsx_bytes(ROWS), replace=parts)


def worksheet(cells: str, after: str = "") -> bytes:
    body = f"<sheetData>{cells}</sheetData>{after}</worksheet>".encode()
    return b"<worksheet " + MAIN + b">" + body


def sheet(cells: str, after: str = "") -> bytes:
    return packed({"xl/worksheets/sheet1.xml": worksheet(cells, after)})


def laughs() -> bytes:
    """One long string shown in every cell."""
    cells = "".join(f'<row r="{at}"><c r="A{at}" t="s"><v>0</v></c></row>' for at in range(1, 90))
    strings = b"<sst " + MAIN + b"><si><t>" + b"ha" * 500 + b"</t></si></sst>"
    return packed({"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": worksheet(cells)})


WORKBOOKS: dict[str, tuple[bytes, str]] = {
    "workbook": (packed({"xl/workbook.xml": b"<workbook>" + b"<a/>" * 700 + b"</workbook>"}), "标记过多"),
    "relations": (packed({"xl/_rels/workbook.xml.rels": b"<a>" + b"<b/>" * 700 + b"</a>"}), "标记过多"),
    "styles": (packed({"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 1_100 + b"</styleSheet>"}), "标记过多"),
    "drawings": (packed({"xl/drawings/drawing1.xml": b"<a>" + b"<b/>" * 700 + b"</a>"}), "标记过多"),
    "merged": (sheet('<row r="1"><c r="A1"><v>1</v></c></row>', "<mergeCell/>" * 13_000), "标记过多"),
    "strings": (packed({"xl/sharedStrings.xml": b"<sst>" + b"<si/>" * 1_100 + b"</sst>"}), "内容过多"),
    "corner": (sheet('<row r="90"><c r="CV90"><v>1</v></c></row>'), "表格过大（90 行 × 100 列）"),
    "no column": (sheet('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'), "表格过大（1 行 × 257 列）"),
    "placeless": (sheet("<row>" + "<c><v>1</v></c>" * 300 + "</row>"), "表格过大（1 行 × 300 列）"),
    "rows": (sheet("<row><c><v>1</v></c></row>" * 110), "表格过大（110 行 × 1 列）"),
    "filled": (sheet(("<row>" + "<c><v>1</v></c>" * 12 + "</row>") * 90), "内容过多"),
    "laughs": (laughs(), "89 个单元格"),
}


@pytest.mark.parametrize("attack", sorted(WORKBOOKS))
@pytest.mark.usefixtures("small")
def test_a_workbook_that_would_grow_is_refused_by_counting(tmp_path: Path, attack: str) -> None:
    content, says = WORKBOOKS[attack]

    assert says in refusal(write(tmp_path, "a.xlsx", content))


@pytest.mark.usefixtures("small")
def test_all_sheets_of_a_file_are_counted_together() -> None:
    extent = Extent("a.xlsx")
    extent.take(rows=90, columns=10, filled=1)
    extent.take(rows=90, columns=10, filled=1)

    with pytest.raises(Refused, match="表格过大"):
        extent.take(rows=90, columns=10, filled=1)


def test_a_part_that_shrinks_less_than_a_bomb_is_still_counted(tmp_path: Path) -> None:
    chance = random.Random(1)
    tags = b"".join(b"<%c/>" % chance.randrange(97, 123) for _ in range(300_000))
    raw = packed({"xl/workbook.xml": b"<workbook>" + tags + b"</workbook>"})

    assert "标记过多" in refusal(write(tmp_path, "a.xlsx", raw))


def test_a_sheet_that_the_workbook_keeps_elsewhere_is_inspected_like_any_other(tmp_path: Path) -> None:
    raw = xlsx_bytes([[1, "=1+1"]])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
        links = archive.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1", b"else/where")
    parts = {"xl/else/where.xml": content, "xl/_rels/workbook.xml.rels": links}
    moved = repacked(raw, drop="xl/worksheets/sheet1.xml", replace=parts)

    assert "公式" in refusal(write(tmp_path, "a.xlsx", moved))


# ---- legacy workbooks ----


@pytest.mark.usefixtures("small")
def test_one_string_shown_in_every_cell_of_an_xls_counts_every_time(tmp_path: Path) -> None:
    raw = xls_bytes([["汉" * 9_000]] * 9)

    assert "9 个单元格、81000 个字" in refusal(write(tmp_path, "a.xls", raw))


@pytest.mark.usefixtures("small")
def test_the_sheets_of_an_xls_are_counted_together(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    for title in "甲乙丙":
        book.add_sheet(title).write(89, 9, 1)

    assert "表格过大" in refusal(write(tmp_path, "a.xls", saved(book)))


def test_a_container_of_more_streams_than_a_workbook_has_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ole, "ENTRIES_MAX", 1)

    assert "完整" in refusal(write(tmp_path, "a.xls", xls_bytes(ROWS)))


def test_a_container_that_claims_more_tables_than_sectors_is_refused(tmp_path: Path) -> None:
    raw = bytearray(xls_bytes(ROWS))
    raw[44:48] = (40_000).to_bytes(4, "little")

    assert "完整" in refusal(write(tmp_path, "a.xls", bytes(raw)))


def test_a_string_that_goes_on_in_the_next_record_is_read_whole(tmp_path: Path) -> None:
    long = "汉字" * 6_000  # longer than a record of an xls

    rows = open_tabular(write(tmp_path, "a.xls", xls_bytes([[long], ["短"], [long]]))).sheets[0].rows

    assert rows == ((long,), ("短",), (long,))


# ---- messages ----


@pytest.mark.parametrize(
    "body",
    [
        b"<Stmt>" + b"<a/>" * 300 + b"</Stmt>",
        b"<Stmt>" + b"<Ntry/>" * 20 + b"</Stmt>",
        b"<Stmt><Ntry>" + b"<TxDtls/>" * 60 + b"</Ntry></Stmt>",
        b"<Stmt/>" * 20,
        b"<Stmt>" + b"<Bal/>" * 20 + b"</Stmt>",
        b"<Stmt" + b"".join(b' a%d=""' % at for at in range(500)) + b"></Stmt>",
    ],
    ids=["elements", "entries", "details", "statements", "balances", "attributes"],
)
@pytest.mark.usefixtures("small")
def test_a_message_that_would_grow_is_refused_by_counting(tmp_path: Path, body: bytes) -> None:
    content = CAMT + body + b"</BkToCstmrStmt></Document>"

    assert "报文过大" in refusal(write(tmp_path, "a.xml", content))


@pytest.mark.usefixtures("small")
def test_lines_without_end_in_an_mt940_are_refused_by_counting(tmp_path: Path) -> None:
    content = b":20:X\n:25:1\n:60F:C250701CNY1,\n" + b":61:2507010701C1,NTRFX\n" * 11

    assert "超过 10 笔" in refusal(write(tmp_path, "a.sta", content))


def test_a_plain_file_stays_within_every_bound(tmp_path: Path) -> None:
    assert open_tabular(write(tmp_path, "a.csv", csv_bytes(ROWS * 1_000))).sheets[0].rows[1][1] == "1.00"
