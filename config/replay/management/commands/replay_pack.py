"""Replays a whole pack through the real services, in date order, and writes figures and statements.

Refuses (exit 2) an unreadable pack, and a database with a fund that no replay took on: it seats its own
keyholders. Known only with DEBUG on. A second run changes nothing and says so.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.console import Console

from config.replay.calendar import SHANGHAI, Moment, months_from, next_month
from config.replay.cast import desk_of, enrol, funds_of_others
from config.replay.clock import set_clock
from config.replay.figures import differences, figures_of
from config.replay.pack import ReplayPack, open_pack
from config.replay.schedule import Quarter, steps_of
from config.replay.story import show
from config.replay.waiting import working
from custody.console.commands import HouseCommand
from custody.console.screen import progress_bar, screen
from custody.deeds.estate_file import read_estate
from custody.files.archive import bytes_of
from custody.files.faults import Refused
from custody.files.sniffing import open_tabular
from custody.kernel.errors import Forbidden
from custody.kernel.words import told
from custody.ledger import reads
from custody.models import Fund
from reporting.disclosure.publishing_papers import PAPERS
from reporting.reading.published_rows import board_print, shelf_of
from settlement.contracts.taking_on import onboard_estate
from settlement.models import SettlementMove

STATEMENTS = (
    ("fund", "信托资金收支表"),
    ("fee-split", "费用分配表"),
    ("value-preservation", "保值增值报告"),
    ("balance-sheet", "信托资产负债表"),
    ("profit", "信托利润表"),
    ("budget", "预算执行表"),
    ("income-sources", "收入来源表"),
    ("annual-report", "年度受托报告"),
    ("owners-edition", "小区收支公开（业主版）"),
    ("city-month", "城市月报表"),
)


class Command(HouseCommand):
    """``replay_pack DIR --out DIR``."""

    help = "按日期重放一个小区季度的资料包 / replay a pack through the real services"
    refused = gettext_lazy("资料包被拒：%(reason)s / refused")
    refused_file = gettext_lazy("资料包被拒，共 %(count)s 处问题 / refused")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The pack and where results go."""
        parser.add_argument("pack", type=Path, metavar="DIR", help="资料包目录")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="结果目录")

    def run(self, options: dict[str, Any]) -> None:
        """Replay, then read everything back from the ledger."""
        console = screen(self.stdout, markup=True)
        _refuse_funds_of_others()
        try:
            pack = open_pack(options["pack"])
            fund, changed = self._replay(pack, console)
            figures, files = self._write(fund, options["out"])
        except OSError as failure:
            said = _("无法写入 %(out)s：%(reason)s / cannot write")
            raise self.refusal(said, out=options["out"], reason=failure.strerror) from failure
        show(console, fund, figures, files)
        self._compare(pack, figures, console)
        if not changed:
            console.print(_("已重放过，账本无变化 / already replayed, nothing changed"))

    def _replay(self, pack: ReplayPack, console: Console) -> tuple[Fund, bool]:
        """Onboard, then every step; answers the fund and whether anything changed."""
        facts, faults = read_estate(open_tabular(pack.estate))
        if facts is None:
            raise Refused(faults)
        code = facts.estate.code
        before = _state_of(code)
        at = Moment(facts.opened_on, 8).at
        onboard_estate(path=pack.estate, actor=desk_of(facts.estate.trustee), at=at)
        fund = Fund.objects.select_related("estate").get(code=code)
        quarter = Quarter(pack, fund, enrol(fund))
        steps = steps_of(quarter)
        with working(), progress_bar(fund.estate.name, follow=False) as show_step:
            for done, step in enumerate(steps):
                show_step(done, len(steps), f"{step.moment.on} {step.title}")
                set_clock(step.moment.at)
                news = step.run(step.moment.at)
                if news:
                    day = f"{step.moment.at.astimezone(SHANGHAI):%Y-%m-%d}"
                    first, *rest = news.splitlines()
                    console.print(f"{day} {step.title} {first}", soft_wrap=True)
                    for line in rest:
                        console.print(f"           · {line}", soft_wrap=True, style="dim")
        return fund, _state_of(code) != before

    def _write(self, fund: Fund, out: Path) -> tuple[dict[str, Any], list[Path]]:
        """``figures.json`` and the three statements of the quarter."""
        out.mkdir(parents=True, exist_ok=True)
        figures = figures_of(fund)
        path = out / "figures.json"
        part = path.with_suffix(".part")
        part.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(path)
        files = [path]
        months = months_from(fund.opened_on)
        actor = enrol(fund).maker
        for kind, title in STATEMENTS:
            file = out / f"{title}-{fund.code}-{figures['quarter']}.xlsx"
            last = next_month(months[-1]) - timedelta(days=1)
            wanted = {
                "fund": fund.code, "kind": kind, "from": months[0], "to": last, "format": "xlsx", "out": file,
                "actor": actor.username,
            }  # fmt: skip
            arguments = [f"--{name}={value}" for name, value in wanted.items()]
            call_command("export_statement", *arguments, stdout=StringIO())
            files.append(file)
        return figures, [*files, *_boards(fund, out)]

    def _compare(self, pack: ReplayPack, figures: dict[str, Any], console: Console) -> None:
        """Say whether the pack's own ``expected.json`` agrees, key by key; exit 1 when it does not."""
        path = pack.folder / "expected.json"
        if not path.exists():
            return
        try:
            expected = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.refusal(
                _("%(file)s 不是可读的 JSON：%(reason)s"), file=path.name, reason=error
            ) from error
        found = list(differences(figures, expected))
        for line in found:
            console.print(told(_("与 expected.json 不符：%(line)s"), line=line), style="red")
        if found:
            differ = told(_("%(count)s 项与 expected.json 不符 / figures differ"), count=len(found))
            raise CommandError(differ, returncode=1)
        console.print(_("figures.json 与 expected.json 逐项一致 / equal, key by key"), style="green")


def _boards(fund: Fund, out: Path) -> Iterator[Path]:
    """The notice board as it was posted, on A3 and on A4 sheets."""
    shelf = shelf_of(fund.code)
    for board in shelf.boards if shelf else ():
        for paper in PAPERS:
            kept = board_print(board, paper)
            if kept is not None:
                document, name = kept
                (out / name).write_bytes(bytes_of(document))
                yield out / name


def _refuse_funds_of_others() -> None:
    others = funds_of_others()
    if others:
        raise Forbidden(
            _("库中有 %(count)s 个信托不是重放建立的（如 %(fund)s），重放自带持钥人，只能在演示库上运行"),
            code="funds-of-others",
            count=len(others),
            fund=others[0],
        )


def _state_of(code: str) -> tuple[int, int]:
    """How far the fund's journal and its settlements have moved; (0, 0) before it exists."""
    fund = Fund.objects.filter(code=code).first()
    if fund is None:
        return 0, 0
    return reads.last_sequence(fund.pk), SettlementMove.objects.filter(fund=fund).count()
