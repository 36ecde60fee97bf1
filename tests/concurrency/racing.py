"""Threads that start together, each with its own connection, closed at the end."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections


def race(runners: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run all at once; answers, or the exception raised, in order. A hang beyond a minute fails."""
    start = Barrier(len(runners), timeout=30)

    def run(runner: Callable[[], Any]) -> Any:
        try:
            connections["default"].ensure_connection()
            start.wait()
            return runner()
        except Exception as error:  # noqa: BLE001 - what was raised is the answer
            return error
        finally:
            connections.close_all()  # whatever it opened: a database in use is not dropped

    with ThreadPoolExecutor(len(runners)) as pool:
        futures = [pool.submit(run, runner) for runner in runners]
        return [future.result(timeout=60) for future in futures]


def accepted(answers: Sequence[Any]) -> list[Any]:
    """Those that were not refused."""
    return [answer for answer in answers if not isinstance(answer, Exception)]


def refusals(answers: Sequence[Any]) -> set[type]:
    """The kinds of refusal."""
    return {type(answer) for answer in answers if isinstance(answer, Exception)}
