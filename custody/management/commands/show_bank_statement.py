"""Show what a bank's export says, for no fund in particular. Writes nothing and asks no database."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich import box
from rich.console import Console
from rich.table import Table

from custody.bank.reading import Statement, StatementLine, read_statements
from custody.bank.statement import LineDetail
from custody.console.screen import screen, show_table
from custody.console.telling import faults_told
from custody.files.faults import Fault, Refused
from custody.files.sniffing import readable_name
from custody.kernel.words import told

FIGURES, UNFOLDED = frozenset({0, 2, 3}), frozenset({0, 1, 2, 3})  # places of columns


class Command(BaseCommand):
    """Exit 0 when every file was understood without a fault, 2 when one was named, however small."""

    help = "显示银行对账单读出的内容 / show what a bank statement file says"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One or more files, and --json for machines."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", dest="as_json", help=_("输出 JSON 数组"))

    def handle(self, *, files: list[Path], as_json: bool, **options: Any) -> None:
        """Read every file; a refused one does not hide the others."""
        results: list[tuple[Path, Statement | Refused]] = []
        for path in files:
            try:
                results += [(path, statement) for statement in read_statements(path)]
            except Refused as refused:
                results.append((path, refused))
        if as_json:
            self.stdout.write(
                json.dumps([_as_json(*result) for result in results], ensure_ascii=False, indent=1)
            )
        else:
            for path, outcome in results:
                self._show(path, outcome)
        unread = [readable_name(path.name) for path, outcome in results if isinstance(outcome, Refused)]
        if unread:
            raise CommandError(told(_("无法读取：%(files)s / cannot be read"), files=unread), returncode=2)
        faulty = dict.fromkeys(readable_name(path.name) for path, outcome in results if outcome.faults)
        if faulty:
            sentence = _("有问题，见上：%(files)s / faults are listed above")
            raise CommandError(told(sentence, files=list(faulty)), returncode=2)

    def _show(self, path: Path, outcome: Statement | Refused) -> None:
        console = screen(self.stdout)
        console.print(f"{_('文件')}  {readable_name(path.name)}")
        if isinstance(outcome, Statement):
            _print_statement(console, outcome)
        _print_faults(console, outcome.faults)
        console.print()


def _print_statement(console: Console, statement: Statement) -> None:
    facts = (
        (_("格式"), statement.layout),
        (_("未使用"), "、".join(statement.unread) or None),
        (_("账号"), statement.account),
        (_("户名"), statement.account_name),
        (_("币种"), statement.currency),
        (_("期初余额"), _yuan(statement.opening)),
        (_("期末余额"), _yuan(statement.closing)),
        (_("笔数"), len(statement.lines)),
    )
    for label, value in facts:
        console.print(f"{label}  {'—' if value is None else value}", soft_wrap=True)
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    names = (_("行"), _("日期"), _("金额"), _("余额"), _("对方户名"), _("对方账号"), _("摘要/用途"))
    for place, name in enumerate(names):
        table.add_column(name, justify="right" if place in FIGURES else "left", no_wrap=place in UNFOLDED)
    for line in statement.lines:
        table.add_row(
            str(line.row),
            line.booked_on.isoformat(),
            f"{line.amount:+,.2f}",
            _yuan(line.balance) or "—",
            line.counterparty_name,
            line.counterparty_account,
            " ".join(filter(None, (line.summary, line.memo))),
        )
    show_table(console, table)


def _print_faults(console: Console, faults: Sequence[Fault]) -> None:
    if faults:
        console.print(told(_("问题  %(count)s 处"), count=len(faults)))
    else:
        console.print(_("问题  无，余额逐笔连续"))
    for line in faults_told(faults):
        console.print(f"  {line}", soft_wrap=True)


def _yuan(amount: Any) -> str | None:
    return None if amount is None else f"{amount:,.2f}"


def _as_json(path: Path, outcome: Statement | Refused) -> dict[str, Any]:
    statement = outcome if isinstance(outcome, Statement) else None
    lines = statement.lines if statement else ()
    return {
        "file": readable_name(str(path)),
        "layout": statement.layout if statement else None,
        "account": statement.account if statement else None,
        "account_name": statement.account_name if statement else None,
        "currency": statement.currency if statement else None,
        "opening_balance": _decimal(statement.opening) if statement else None,
        "closing_balance": _decimal(statement.closing) if statement else None,
        "unread": list(statement.unread) if statement else [],
        "line_count": len(lines),
        "lines": [_line_json(line) for line in lines],
        "faults": [fault.as_dict() for fault in outcome.faults],
    }


def _line_json(line: StatementLine) -> dict[str, Any]:
    return {
        "row": line.row,
        "date": line.booked_on.isoformat(),
        "time": line.booked_at.time().isoformat() if line.booked_at else None,
        "amount": _decimal(line.amount),
        "balance": _decimal(line.balance),
        "counterparty_name": line.counterparty_name,
        "counterparty_account": line.counterparty_account,
        "counterparty_bank": line.counterparty_bank,
        "summary": line.summary,
        "memo": line.memo,
        "voucher": line.voucher,
        "details": [_detail_json(detail) for detail in line.details],
    }


def _detail_json(detail: LineDetail) -> dict[str, Any]:
    return {
        "amount": _decimal(detail.amount),
        "counterparty_name": detail.counterparty_name,
        "counterparty_account": detail.counterparty_account,
        "counterparty_bank": detail.counterparty_bank,
        "memo": detail.memo,
        "reference": detail.reference,
    }


def _decimal(amount: Any) -> str | None:
    return None if amount is None else str(amount)
