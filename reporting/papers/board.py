"""A quarter's notice board as PDF/A-3a and PDF/UA-1: A3, or A4 sheets as wide, in a publication's words.

The same publication gives the same bytes. Refuses a character that the font cannot draw, by name. Sizes are
what people read standing a metre away: totals 36 points and more, headings 24, tables 15.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from reporting.papers.glyphs import require_glyphs
from reporting.papers.qr import qr_bytes
from reporting.papers.typesetting import FONT_FILE, typeset
from reporting.papers.workbooks import CREATOR, printable
from reporting.statements.named_periods import Period

TEMPLATE = Path(__file__).with_name("board.typ")
_NOTHING = "—"
_QUARTERS = "一二三四"


@dataclass(frozen=True, slots=True)
class Board:
    """What a board prints: ``says`` of the publication, its digest, its days on the wall and its address;
    ``head`` of the public log in words.
    """

    says: Mapping[str, Any]
    sha256: str
    posted_from: date
    posted_to: date
    address: str
    head: str


def board_pdf(board: Board, *, sheets: bool = False) -> bytes:
    """One A3 page, or with ``sheets`` A4 pages lying. Errors: Rejected (a character without a glyph)."""
    paper = board_said(board) | {"sheets": sheets}
    require_glyphs(_texts(paper), FONT_FILE)
    return typeset(
        {
            "paper.typ": TEMPLATE.read_bytes(),
            "paper.json": json.dumps(paper, ensure_ascii=False).encode(),
            "qr.svg": qr_bytes(board.address),
        }
    )


def board_said(board: Board) -> dict[str, Any]:
    """The board in words, for the printed page and for the preview alike."""
    says, on = board.says, board.posted_from
    first, last = date.fromisoformat(says["from"]), date.fromisoformat(says["to"])
    return {
        "title": printable(f"{says['estate']}账目公示"),
        "author": CREATOR,
        "made_on": [on.year, on.month, on.day],
        "subtitle": f"{_named(first, last)}（{_day(first)}至{_day(last)}）　单位：元",
        "posted": f"张贴{_day(board.posted_from)}至{_day(board.posted_to)}",
        "ask": "业主有疑问，7天内书面答复",
        "alerts": ["演示：时间和事情都是假设的，不是正式公示"] if says["demonstrated"] else [],
        "totals": [
            [f"期初（{_day(first)}）", _yuan(says["opening"])],
            ["收入", _yuan(says["received"])],
            ["还不知道是谁交的", _yuan(says["pending"])],
            ["支出", _yuan(says["paid"])],
        ],
        "closing": [f"期末（{_day(last)}）", _yuan(says["closing"])],
        "bank": _bank(says),
        "tables": [_received(says), _paid(says)],
        "pairs": [_holdings(says), _unpaid(says)],
        "suspense": _suspense(says),
        "qr_says": f"二维码：{board.address}",
        "says": ["手机扫一扫，每一笔都能看到凭证。", "不用手机的，请到物业办公室查阅全部原件。"],
        "address": board.address,
        "digest": f"指纹 {' '.join(board.sha256[at : at + 4] for at in range(0, 64, 4))}",
        "head": f"公开日志 {board.head}",
        "stamps": ["信托公司（章）", "业主委员会（章）"],
    }


def _received(says: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {"cells": [label, *amounts, _yuan(total)], "total": False}
        for label, _slug, amounts, total in _by_month(says, "received_lines")
    ]
    sums = [_yuan(month["received"]) for month in says["months"]]
    return {
        "title": "收到的钱",
        "titles": ["", *_months(says), "本季合计"],
        "rows": [*rows, {"cells": ["收入合计", *sums, _yuan(says["received"])], "total": True}],
    }


def _paid(says: Mapping[str, Any]) -> dict[str, Any]:
    budget = {slug: (annual, share) for slug, _name, annual, _used, share in says["budget"]}
    rows = []
    for label, slug, amounts, total in _by_month(says, "paid_lines"):
        annual, share = budget.get(slug, ("", ""))
        of_year = [_yuan(annual) if annual else _NOTHING, f"{share}%" if share else _NOTHING]
        rows.append({"cells": [label, *amounts, _yuan(total), *of_year], "total": False})
    sums = [_yuan(month["paid"]) for month in says["months"]]
    whole = sum((Decimal(annual) for _s, _n, annual, _u, _p in says["budget"]), Decimal(0))
    used = sum((Decimal(each) for _s, _n, _a, each, _p in says["budget"]), Decimal(0))
    share = f"{used * 100 / whole:.1f}%" if whole else _NOTHING
    last = ["支出合计", *sums, _yuan(says["paid"]), _yuan(str(whole)), share]
    return {
        "title": "付出的钱",
        "titles": ["", *_months(says), "本季合计", "全年预算", "已用"],
        "rows": [*rows, {"cells": last, "total": True}],
    }


def _by_month(says: Mapping[str, Any], part: str) -> Iterator[tuple[str, str, list[str], str]]:
    """Each line of the quarter with its amount in each month."""
    months = [{line["slug"]: line["amount"] for line in month[part]} for month in says["months"]]
    for line in says[part]:
        amounts = [_or_nil(month.get(line["slug"])) for month in months]
        yield line["label"], line["slug"], amounts, line["amount"]


def _holdings(says: Mapping[str, Any]) -> dict[str, Any]:
    books = [[label, _yuan(amount), False] for label, amount in says["books"]]
    places = [[f"其中{label}", _yuan(amount), False] for label, amount in says["holdings"]]
    rows = [*books, ["合计", _yuan(says["closing"]), True], *(places if len(places) > 1 else [])]
    return {"title": "钱在哪里", "rows": rows}


def _unpaid(says: Mapping[str, Any]) -> dict[str, Any]:
    rows = [[label, _yuan(amount), False] for label, amount in says["unpaid"]]
    return {"title": "还没付的钱", "rows": rows or [["没有", _NOTHING, False]]}


def _suspense(says: Mapping[str, Any]) -> dict[str, Any]:
    rows = says["suspense"]
    total = sum((Decimal(amount) for _on, _who, amount, _number in rows), Decimal(0))
    return {
        "title": f"这{len(rows)}笔是您家交的吗？共{total:,.2f}元还不知道是谁的",
        "rows": [
            [_day(date.fromisoformat(on)), who or "姓名不详", _yuan(amount)]
            for on, who, amount, _number in rows
        ],
        "claim": "是您家交的，请带付款记录到物业办公室认领。",
    }


def _bank(says: Mapping[str, Any]) -> str:
    if says["bank"] is None:
        return "还没有银行对账单可对"
    if not says["agrees"]:
        return f"银行对账单是{_yuan(says['bank'])}，不一致，正在查"
    same = says["cash"] == says["closing"]
    return "与银行对账单一致，一分不差" if same else f"其中银行存款{_yuan(says['cash'])}与对账单一致"


def _months(says: Mapping[str, Any]) -> list[str]:
    return [f"{date.fromisoformat(month['to']).month}月" for month in says["months"]]


def _named(first: date, last: date) -> str:
    slug = Period(first, last).slug
    number = _QUARTERS[(last.month - 1) // 3]
    return f"{last.year}年第{number}季度" if "Q" in slug else f"{last.year}年第{number}季度，从移交起"


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日"


def _yuan(amount: str) -> str:
    return f"{Decimal(amount):,.2f}".replace("-", "−")


def _or_nil(amount: str | None) -> str:
    return _yuan(amount) if amount and Decimal(amount) else _NOTHING


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
