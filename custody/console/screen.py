"""What commands print on: one width, one kind of table, one progress bar. Folds no table in a pipe."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from custody.files import progress

WIDTH = 110  # columns where nobody's terminal says otherwise
WIDEST = 4_000  # a table in a pipe may go as far: its lines are never folded there
PATIENCE_SECONDS = 1  # work that is done sooner shows no bar

Show = Callable[..., None]


def screen(stream: object, *, markup: bool = False) -> Console:
    """A console on a command's stream; text is shown as it stands, unless our own ``markup`` is in it."""
    console = Console(file=cast(TextIO, stream), highlight=False, markup=markup, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH
    return console


def show_table(console: Console, table: Table) -> None:
    """Print a table, folded to a terminal, but in a pipe as wide as it needs."""
    if console.is_terminal:
        console.print(table)
        return
    usual = console.width
    needed = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
    console.width = max(usual, needed)
    console.print(table)
    console.width = usual


@contextmanager
def progress_bar(title: str, *, follow: bool = True) -> Iterator[Show]:
    """A bar on the terminal once the work lasts; ``show(done, total, title)`` moves it and says at what.

    It follows ``custody.files.progress`` by itself, unless the work has steps of its own to show.
    """
    console = Console(stderr=True)
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, visible=False)

        def show(done: int, total: int | None, now: str | None = None) -> None:
            late = time.monotonic() - started > PATIENCE_SECONDS
            said: dict[str, Any] = {} if now is None else {"description": now}
            bar.update(task, completed=done, total=total, visible=late, **said)

        with progress.watched_by(show) if follow else nullcontext():
            yield show
