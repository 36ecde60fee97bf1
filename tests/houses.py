"""`make serve` as a newcomer starts it, in a folder and on a database of its own, for tests and pictures."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests import server
from tests.architecture.source import ROOT

OPENS_WITHIN_SECONDS = 300  # on a busy machine
ANSWERS_WITHIN_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class House:
    """A house that runs in ``home`` at ``port``, on the database at ``database``."""

    home: Path
    database: str
    packs: Sequence[Path]
    port: int = field(default_factory=free_port)
    running: "subprocess.Popen[str] | None" = None

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}/"

    @property
    def logins(self) -> Path:
        return self.home / "logins.json"

    @property
    def people(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = json.loads(self.logins.read_text(encoding="utf-8"))
        return found

    def command(self, *more: str) -> list[str]:
        said = [("--port", self.port), ("--home", self.home), ("--logins", self.logins)]
        said += [("--pack", each) for each in self.packs]
        options = [str(word) for pair in said for word in pair]
        return [sys.executable, "manage.py", "serve", *options, *more]

    def environment(self) -> dict[str, str]:
        places = {"DOCUMENTS": self.home / "documents", "BANK_OUTBOX": self.home / "outbox"}
        told = {name: str(path) for name, path in places.items()}
        return server.environment(self.database, DEBUG="1", LANGUAGE_CODE="zh-hans", **told)

    def start(self) -> None:
        self.running = subprocess.Popen(
            self.command(), cwd=ROOT, env=self.environment(), text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        assert self.running.stdout is not None
        said: list[str] = []
        for line in self.running.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                return
        raise AssertionError("".join(said))

    def stop(self) -> int:
        assert self.running is not None
        self.running.send_signal(signal.SIGINT)
        self.running.communicate(timeout=ANSWERS_WITHIN_SECONDS)
        return self.running.returncode

    def manage(self, *arguments: str, **told: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment() | told, text=True,
            capture_output=True, check=False,
        )  # fmt: skip

    def once_more(self) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(), cwd=ROOT, env=self.environment(), text=True, capture_output=True, check=False,
            timeout=OPENS_WITHIN_SECONDS,
        )  # fmt: skip

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query.encode()).fetchall()
