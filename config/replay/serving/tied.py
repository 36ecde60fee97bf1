"""Started as ``python -m config.replay.serving.tied PID COMMAND…``: becomes COMMAND, tied to the process PID.

Refuses to start what nobody would stop: once PID is gone, however it went, Linux ends the command as if asked
to (SIGTERM). Elsewhere the command is started untied.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # prctl(2): kept across exec


def tied_to_us(command: Sequence[str]) -> list[str]:
    """The command line under which a child of this process ends with it."""
    return [sys.executable, "-m", __name__, str(os.getpid()), *command]


def become_tied(parent: int, command: list[str]) -> None:
    """Ask for the signal, see that it is not too late, and become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - what we were started to become


if __name__ == "__main__":
    become_tied(int(sys.argv[1]), sys.argv[2:])
