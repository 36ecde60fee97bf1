"""The house's processes under one command: web, worker, vault, started together and stopped together.

Refuses a port that is taken, and a second house in the same folder: that one is told where the first is.
"""

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from config.replay.serving.tied import tied_to_us
from custody.kernel.errors import Conflict, Rejected

HOST = "127.0.0.1"
STOPS_WITHIN_SECONDS = 15
OPENS_WITHIN_SECONDS = 60
PAUSE_SECONDS = 0.2


def programs(port: int, workers: int = 1) -> dict[str, list[str]]:
    """Each program of the house by its name, as a command line; ``workers``: the web's processes."""
    return {
        "web": [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port),
            "--workers", str(workers), "--blocking-threads", "8", "--log-level", "warning",
            "config.wsgi:application",
        ],
        "worker": [sys.executable, "-m", "dramatiq", "--processes", "1", "--threads", "2", "config.worker"],
        "vault": [sys.executable, "manage.py", "run_vault"],
    }  # fmt: skip


@dataclass
class Programs:
    """Programs running side by side in ``root``; what each says goes to ``logs/<name>.log``."""

    root: Path
    logs: Path
    environment: Mapping[str, str]
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self, wanted: Mapping[str, list[str]]) -> None:
        """Start all; each in a session of its own, so that the terminal's Ctrl-C reaches us alone.

        They are tied to us: killed outright, we leave none of them running.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        for name, command in wanted.items():
            with self._log(name).open("ab") as log:
                self._running[name] = subprocess.Popen(
                    tied_to_us(command), cwd=self.root, env=dict(self.environment), stdin=subprocess.DEVNULL,
                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                )  # fmt: skip

    def fallen(self) -> Path | None:
        """The log of one that ended by itself, if any did."""
        return next(
            (self._log(name) for name, each in self._running.items() if each.poll() is not None), None
        )

    def stop(self) -> None:
        """Ask all to end, and end those that do not."""
        for each in self._running.values():
            with suppress(ProcessLookupError):
                each.terminate()
        until = time.monotonic() + STOPS_WITHIN_SECONDS
        for each in self._running.values():
            try:
                each.wait(timeout=max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def wait_until_open(address: str, running: Programs) -> None:
    """Return once the sign-in page is there. Rejected when a program ended, or nothing answers."""
    until = time.monotonic() + OPENS_WITHIN_SECONDS
    while time.monotonic() < until:
        fallen = running.fallen()
        if fallen is not None:
            raise Rejected(_("有程序自行退出，见 %(log)s"), code="program-ended", log=str(fallen))
        if _answers(address):
            return
        time.sleep(PAUSE_SECONDS)
    raise Rejected(
        _("网页服务 %(seconds)s 秒内没有应答，见 %(log)s"),
        code="nothing-answers", seconds=OPENS_WITHIN_SECONDS, log=str(running.logs),
    )  # fmt: skip


def _answers(address: str) -> bool:
    """Whether the sign-in page is there."""
    with suppress(OSError), urllib.request.urlopen(f"{address}account/login/", timeout=5) as answer:  # noqa: S310 - ours
        return bool(answer.status == 200)
    return False


def refuse_taken(port: int) -> None:
    """Rejected when another program listens at the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as taken:
            raise Rejected(
                _("端口 %(port)s 已被占用；请换一个：make serve PORT=%(next)s"),
                code="port-taken", port=port, next=port + 1,
            ) from taken  # fmt: skip


@contextmanager
def only_one(home: Path, address: str) -> Iterator[None]:
    """Keep the folder for this house while it runs. Conflict, saying where the other is."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "running.json").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            file.seek(0)
            other = json.loads(file.read() or "{}")
            raise Conflict(
                _("已在 %(address)s 运行（进程 %(pid)s）"),
                code="runs-already", address=other.get("address", "?"), pid=other.get("pid", "?"),
            ) from held  # fmt: skip
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "address": address}))
        file.flush()
        yield
        file.truncate(0)
