"""Acts done in processes of their own: forked, doomed, and asked afterwards how they ended."""

import json
import os
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from django.db import connections

from custody.kernel.errors import DomainError
from tests.faults.campaign.steps import Doom, Steps

PATIENCE_SECONDS = 60
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ended:
    """``code`` of a refusal, "" when done; ``killed`` by a signal; ``bug`` is a traceback of ours."""

    steps: int = 0
    code: str = ""
    killed: bool = False
    lost: bool = False
    bug: str = ""


def together(act: Act, dooms: Sequence[Doom]) -> list[Ended]:
    """The act, once for each doom, all at the same moment."""
    connections.close_all()
    started = [_start(act, doom) for doom in dooms]
    return [_ended(*each) for each in started]


def _start(act: Act, doom: Doom) -> tuple[int, int]:
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    os.close(ours)
    told = json.dumps(_done(act, doom)).encode()
    with suppress(OSError):
        os.write(theirs, told[:60_000])
    os._exit(0)


def _done(act: Act, doom: Doom) -> dict[str, object]:
    """Do the act; what there is to say about it."""
    steps = Steps(doom)
    steps.watch()
    try:
        act()
    except DomainError as refusal:
        return {"steps": steps.taken, "code": refusal.code}
    except Exception as error:  # noqa: BLE001 - told to the parent, which decides
        lost = isinstance(error.__cause__ or error, psycopg.OperationalError)
        return {"steps": steps.taken, "lost": lost, "bug": "" if lost else traceback.format_exc()[-6_000:]}
    return {"steps": steps.taken}


def _ended(pid: int, pipe: int) -> Ended:
    with os.fdopen(pipe, "rb") as stream:
        told = stream.read()
    _pid, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return Ended(killed=True)
    return Ended(**json.loads(told))


def server_is_back() -> None:
    """Wait until the database takes connections again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        connections.close_all()
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
