"""Dated workbooks for tests: what an estate changes, the resolution's paper, and the people with the keys."""

import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import openpyxl
from django.core.management import CommandError, call_command

from custody import keys
from custody.amendments import enacting
from custody.console.commands import HouseCommand
from custody.files.intake import Handed
from custody.models import Amendment, Fund, Key, Operator
from tests.custody.money_in.small import Small, small_estate
from tests.factories import member_of, unique

PDF = b"%PDF-1.7 resolution "
NOVEMBER = datetime(2025, 11, 20, 2, 0, tzinfo=UTC)
HEADS = {
    "预算": ("年度", "科目编码", "科目名称", "账本", "年度预算"),
    "房屋": ("楼栋", "单元", "房号", "建筑面积", "业主姓名", "月单价", "生效日期", "终止原因"),
    "当事人": ("身份", "名称", "统一社会信用代码", "起始日期", "终止日期"),
    "收款账户": ("收款人", "收款户名", "收款账号", "开户行", "联行号", "启用日期"),
    "信托专户": ("信托专户账号", "信托专户户名", "开户银行", "用途", "启用日期", "终止日期"),
    "信托条款": ("条款", "取值", "生效日期"),
}


@dataclass
class Desk:
    """An estate, its desk and its two keyholders; every command acts at ``at``."""

    small: Small
    approver: Operator
    releaser: Operator
    at: datetime = NOVEMBER
    said: list[str] = field(default_factory=list)

    @property
    def fund(self) -> Fund:
        return self.small.fund

    def run(self, command: str, *args: Any, by: Operator | None = None, **options: Any) -> str:
        """One command as a person at ``at``; answers what it printed."""
        out, err = StringIO(), StringIO()
        streams = {"stdout": out, "stderr": err}
        who = (by or self.small.actor).username
        with mock.patch.object(HouseCommand, "now", return_value=self.at):
            try:
                call_command(command, *map(str, args), fund=self.fund.code, actor=who, **streams, **options)
            except CommandError as refusal:
                sys.stderr.write(err.getvalue())
                raise CommandError(f"{err.getvalue()}{refusal}") from refusal
        return out.getvalue()

    def book(self, sheet: str, *rows: Sequence[Any], reference: str = "", on: date | None = None) -> Path:
        """A dated workbook of these rows under a resolution."""
        pages: dict[str, list[Sequence[Any]]] = {
            "决议": [
                ("项目", "内容"),
                ("决议文号", reference or unique("决议")),
                ("决议日期", on or date(2025, 11, 1)),
                ("决议事项", "业主大会决定"),
            ],
            sheet: [HEADS[sheet], *rows],
        }
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, lines in pages.items():
            page = book.create_sheet(title)
            for line in lines:
                page.append(list(line))
        path = self.small.folder / f"{uuid.uuid4().hex[:8]}.xlsx"
        book.save(path)
        return path

    def paper(self) -> Path:
        """The resolution as it was signed."""
        path = self.small.folder / f"{uuid.uuid4().hex[:8]}.pdf"
        path.write_bytes(PDF + uuid.uuid4().bytes)
        return path

    def proposed(self, command: str, path: Path, paper: Path | None = None) -> Amendment:
        """The workbook handed in by the desk's command."""
        self.said.append(self.run(command, path, paper=paper or self.paper()))
        return Amendment.objects.filter(fund=self.fund).latest("pk")

    def keyed(self, amendment: Amendment) -> bool:
        """Both keys, the committee's first; whether it is in force."""
        self.turn(amendment, Key.APPROVE)
        return self.turn(amendment, Key.RELEASE)

    def turn(self, amendment: Amendment, which: Key) -> bool:
        """One key by its holder, as the command turns it; whether the change is in force."""
        actor = self.approver if which is Key.APPROVE else self.releaser
        self.said.append(self.run("turn_key", "amendment", amendment.pk, by=actor))
        return enacting.in_force(amendment)

    def keyed_by_hand(self, amendment: Amendment) -> None:
        """Both keys as rows, and nothing made of it: what somebody with the database's login could do."""
        for which, actor in ((Key.APPROVE, self.approver), (Key.RELEASE, self.releaser)):
            keys.turn(
                kind=enacting.AMENDMENT, subject_id=amendment.pk, fund_id=self.fund.pk, which=which,
                actor=actor, at=self.at, maker_id=None,
            )  # fmt: skip

    def enacted(self, command: str, sheet: str, *rows: Sequence[Any], **about: Any) -> Amendment:
        """Proposed by the command, and in force."""
        amendment = self.proposed(command, self.book(sheet, *rows, **about))
        assert self.keyed(amendment)
        return amendment


def desk(folder: Path) -> Desk:
    """The small estate with the people of its two keys."""
    small = small_estate(folder)
    return Desk(
        small,
        approver=member_of(small.fund, "committee", "keyholder"),
        releaser=member_of(small.fund, "trustee", "keyholder"),
    )


def handed_paper() -> Handed:
    """A resolution's paper as bytes."""
    return Handed("决议.pdf", PDF + uuid.uuid4().bytes)
