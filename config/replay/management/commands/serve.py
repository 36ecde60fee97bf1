"""serve: opens two estates in the middle of a quarter, and keeps the house running until it is told to stop.

Refuses (exit 2) a port that is taken and a database with somebody else's funds. Known only with DEBUG on. A
second one while the first runs says where that one is; one after it keeps what was done.
"""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.translation import gettext as _
from rich.table import Table

from config.replay.serving.demonstration_bank import DemonstrationBank
from config.replay.serving.opening import Opening
from config.replay.serving.passes import Pass, Passes
from config.replay.serving.supervising import (
    Programs,
    only_one,
    programs,
    refuse_taken,
    wait_until_open,
)
from config.replay.serving.timers import Timers
from config.replay.serving.townspeople import TIMER, everybody
from custody.console.commands import HouseCommand
from custody.console.screen import progress_bar, show_table
from custody.kernel.errors import Conflict
from custody.kernel.words import told

PACKS = ("tests/packs/four-seasons", "tests/packs/brocade-garden")
ITSELF = "SERVING"  # set once the environment is the demonstration's own
LOOKS_EVERY_SECONDS = 1.0


class Command(HouseCommand):
    """``serve [--port N]``."""

    help = "打开两个小区，供人以各种身份登录 / open two estates to be walked in a browser"
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where it listens, and where its files lie."""
        base = settings.BASE_DIR
        parser.add_argument("--port", type=int, default=8000, metavar="N", help="端口 / port")
        parser.add_argument("--home", type=Path, default=base / "var/serve", metavar="DIR", help="工作目录")
        parser.add_argument("--logins", type=Path, default=base / "var/demo/logins.json", metavar="FILE")
        packs = [base / each for each in PACKS]
        parser.add_argument("--pack", type=Path, action="append", metavar="DIR", help="资料包目录")
        parser.set_defaults(packs=packs)

    def run(self, options: dict[str, Any]) -> None:
        """Under an environment of its own: open what is not open, start the programs, answer as the bank."""
        port, home = options["port"], options["home"].resolve()
        if ITSELF not in os.environ:
            _start_again_as(_environment(port, home))
        address = f"http://localhost:{port}/"
        try:
            with only_one(home, address):
                self._serve(port, home, address, options)
        except Conflict as running:
            if running.code != "runs-already":
                raise
            self.stdout.write(str(running))

    def _serve(self, port: int, home: Path, address: str, options: dict[str, Any]) -> None:
        refuse_taken(port)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        packs = options["pack"] or options["packs"]
        bank = DemonstrationBank(home / "bank", settings.BANK_OUTBOX)
        running = Programs(settings.BASE_DIR, home / "log", os.environ)
        try:
            passes = self._open(packs, home, options["logins"], bank)
            running.start(programs(port))
            wait_until_open(address, running)
            self._tell(passes.all(), address, options["logins"], home)
            self._answer_until_stopped(bank, running)
        except _Stopped:
            pass
        finally:
            running.stop()
        self.stdout.write(_("已停止；所做的都留着"))

    def _open(self, packs: list[Path], home: Path, logins: Path, bank: DemonstrationBank) -> Passes:
        """The database up to date, the estates open, and everybody's passes laid on it."""
        self.stdout.write(_("正在打开小区，头一次约需一分钟"))
        self.stdout.flush()
        call_command("migrate", database="owner", verbosity=0)
        passes = Passes(logins, everybody(len(packs)))
        with progress_bar(_("重放资料包"), follow=False) as show_step:

            def tell(done: int, total: int, now: str) -> None:
                self._stop_here()
                show_step(done, total, now)

            Opening(packs, home, passes.key_of).run(bank, tell)
        passes.lay_on(self.now())
        return passes

    def _answer_until_stopped(self, bank: DemonstrationBank, running: Programs) -> None:
        """Look at the outbox and at the programs once a second, and run the timers."""
        timers = Timers(TIMER.username, self._say)
        while not self.stopping:
            fallen = running.fallen()
            if fallen is not None:
                raise self.refusal(_("有程序自行退出，见 %(log)s"), log=str(fallen))
            timers.look()
            for path in bank.answer(self.now()):
                self._say(told(_("银行有了新的流水：%(path)s"), path=str(path)))
            connections.close_all()
            time.sleep(LOOKS_EVERY_SECONDS)

    def _tell(self, people: list[Pass], address: str, logins: Path, home: Path) -> None:
        table = Table(title=address, title_justify="left")
        for title in (_("机构"), _("姓名"), _("用户名"), _("密码"), _("起始页")):
            table.add_column(title, no_wrap=True)
        for each in people:
            table.add_row(each.organisation, each.name, each.username, each.password, each.start)
        show_table(self.screen, table)
        for said, path in (
            (_("登录资料：%(path)s；验证码：make codes"), logins),
            (_("持钥人的密钥文件（口令即本人密码）：%(path)s"), logins.parent / "keys"),
            (_("待申报、待验收的文件：%(path)s"), home / "handed-in"),
            (_("银行流水：%(path)s"), home / "bank"),
            (_("寄出的通知：%(path)s"), home / "mail"),
        ):
            self.stdout.write(told(said, path=str(path)))
        self.stdout.write(_("按 Ctrl-C 停止"))
        self.stdout.flush()

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()

    def _stop(self, *_signal: Any) -> None:
        self.stopping = True

    def _stop_here(self) -> None:
        """Between two steps, never within one: the next start goes on from here."""
        if self.stopping:
            raise _Stopped


class _Stopped(Exception):
    """Somebody asked to stop."""


def _environment(port: int, home: Path) -> dict[str, str]:
    """A database, documents and an outbox of its own, beside the demo's."""
    return {
        "EMBEDDED_DATABASE": os.environ.get("EMBEDDED_DATABASE", "serve"),
        "DOCUMENTS": str(home / "documents"),
        "BANK_OUTBOX": str(home / "outbox"),
        "MAIL_FOLDER": str(home / "mail"),
        "PASSKEY_ORIGINS": f"http://localhost:{port}",
        ITSELF: "1",
    }


def _start_again_as(environment: dict[str, str]) -> None:
    """Settings are read once: the same command line under another environment, in the same process."""
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **environment})  # noqa: S606 - ourselves
