"""What a clerk is told in good time, beside whatever was imported. Upper apps register theirs at start-up.

Refuses nothing: a reminder stops nobody.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from custody.files.outcomes import Note
from custody.models import Fund

Reminder = Callable[[Fund, date], Iterable[Note]]

_registered: list[Reminder] = []


def register_reminder(reminder: Reminder) -> None:
    """Ask ``reminder`` after every import of a fund. For AppConfig.ready; a second call changes nothing."""
    if reminder not in _registered:
        _registered.append(reminder)


def reminders_of(fund: Fund, on: date) -> Iterator[Note]:
    """What this fund's clerk should know on ``on``."""
    for reminder in _registered:
        yield from reminder(fund, on)
