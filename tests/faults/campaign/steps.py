"""Where a process may die: before or after each statement, commit, flush and rename, counted as they come."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections


class Victim(StrEnum):
    """What is killed."""

    NOBODY = "nobody"
    PROCESS = "process"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Doom:
    """``victim`` dies at the ``at``-th step, before it is done or right after."""

    victim: Victim = Victim.NOBODY
    at: int = 0
    after: bool = False


class Steps:
    """Counts the steps of this process from now on, and lets the doomed one be its last."""

    def __init__(self, doom: Doom) -> None:
        self.doom = doom
        self.taken = 0

    def watch(self) -> None:
        """Stand beside everything that leaves this process: the database's door and the disk's."""
        self._beside(psycopg.Cursor, "execute")
        self._beside(psycopg.Connection, "commit")
        self._beside(os, "fsync")
        self._beside(Path, "replace")

    def _beside(self, owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def step(*args: Any, **kwargs: Any) -> Any:
            self.taken += 1
            chosen = self.taken == self.doom.at
            if chosen and not self.doom.after:
                self._kill()
            answer = real(*args, **kwargs)
            if chosen and self.doom.after:
                self._kill()
            return answer

        setattr(owner, name, step)

    def _kill(self) -> None:
        if self.doom.victim is Victim.PROCESS:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.doom.victim is Victim.SERVER:
            # A backend killed so makes PostgreSQL throw away all sessions and recover from its log.
            open_ones = [
                each for each in connections.all(initialized_only=True) if each.connection is not None
            ]
            for each in open_ones[:1]:
                os.kill(each.connection.info.backend_pid, signal.SIGKILL)
