"""What 今日 names that rooms above have waiting: counted over all funds, registered when the house starts.

Refuses nothing and writes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from custody.models import Fund
from custody.permits.acts import Act


@dataclass(frozen=True, slots=True)
class FurtherJob:
    """``count`` things for ``act``, what and why, since which day; ``place`` names the page that does it."""

    act: Act
    count: int
    title: str
    why: str
    since: date
    place: str
    verb: str
    urgent: bool = False


Jobs = Callable[[Sequence[Fund], date], FurtherJob | None]

_registered: list[Jobs] = []


def register_jobs(jobs: Jobs) -> None:
    """Ask ``jobs`` for 今日 too. For AppConfig.ready; a second call changes nothing."""
    if jobs not in _registered:
        _registered.append(jobs)


def further_jobs(funds: Sequence[Fund], on: date) -> list[FurtherJob]:
    """What the rooms above have waiting in these funds."""
    found = [jobs(funds, on) for jobs in _registered]
    return [each for each in found if each is not None]
