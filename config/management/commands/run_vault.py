"""run_vault: the vault's process. Answers signatures, delivers payment files and anchors heads.

A unit of its own with a login of its own (DATABASE_VAULT_URL, a member of trust_vault alone), which alone
writes into the bank's outbox. Refuses to start without.
"""

import signal
from threading import Event
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.utils.translation import gettext as _

from config.rounds import Rounds
from custody.vault import inbox, marking

LOOK_AGAIN_SECONDS = 2.0


class Command(BaseCommand):
    """Listens to ``custody_vault``; what came while nobody listened is done first."""

    help = "密钥服务：核验签名，送出付款文件 / the vault: answers signatures and delivers payment files"

    def __init__(self, *args: Any, **options: Any) -> None:
        """Nobody has told it to stop yet."""
        super().__init__(*args, **options)
        self.told_to_stop = Event()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Until SIGTERM or SIGINT; a server that is away is asked again."""
        if marking.VAULT not in connections.databases:
            raise CommandError(_("密钥服务须设置 DATABASE_VAULT_URL"), returncode=2)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._stop)
        self.stdout.write(_("密钥服务已启动 / the vault answers"))
        self.stdout.flush()
        rounds = Rounds(self._tell)
        while not self.told_to_stop.is_set():
            try:
                self._listen(rounds)
            except (OperationalError, psycopg.OperationalError) as failure:
                self._tell(str(failure).splitlines()[0])
                connections[marking.VAULT].close()
                signal.sigtimedwait([], LOOK_AGAIN_SECONDS)

    def _listen(self, rounds: Rounds) -> None:
        vault = connections[marking.VAULT]
        with vault.cursor() as cursor:
            cursor.execute(f"LISTEN {inbox.CHANNEL}")
        while not self.told_to_stop.is_set():
            for _step in rounds.look():
                if self.told_to_stop.is_set():
                    return
            for _notice in vault.connection.notifies(timeout=LOOK_AGAIN_SECONDS, stop_after=1):
                pass

    def _tell(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()

    def _stop(self, *_signal: Any) -> None:
        self.told_to_stop.set()
