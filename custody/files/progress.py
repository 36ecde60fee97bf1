"""How far a long import is, for whoever watches. Refuses to know who that is; silent when nobody does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[int, int], None]

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` (done, total) of what runs inside."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def reached(done: int, total: int) -> None:
    """Say that ``done`` of ``total`` steps are behind us."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(done, total)
