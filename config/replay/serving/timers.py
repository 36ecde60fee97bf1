"""What the machine's timers run in a house of its own: here every half minute, by the commands themselves.

Refuses to tell the same twice in a row, and to stop the house because a command refused something.
"""

import time
from collections.abc import Callable
from io import StringIO

from django.core.management import CommandError, call_command

EVERY_SECONDS = 30.0
QUIET = ("无变化",)


class Timers:
    """Runs what is due as ``machine``; what a command says newly is given to ``tell``."""

    def __init__(self, machine: str, tell: Callable[[str], object]) -> None:
        """Nothing has run yet."""
        self._tell = tell
        self._machine = machine
        self._said = ""
        self._next = 0.0

    def look(self) -> None:
        """Run the timers if half a minute is over."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_SECONDS
        said = "\n".join([self._run("file_due", "--actor", self._machine), self._run("send_notices")])
        if said and said != self._said and not any(each in said for each in QUIET):
            self._tell(said)
        self._said = said

    @staticmethod
    def _run(*command: str) -> str:
        told = StringIO()
        try:
            call_command(*command, stdout=told, stderr=told)
        except CommandError as refusal:
            told.write(str(refusal))
        return told.getvalue().strip()
