"""What waits for a person in rooms above: they register it when the house starts, so none below names them.

Refuses nothing and writes nothing.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from custody.models import Fund
from custody.queue.waiting_items import Waiting

Turns = Callable[[Fund, datetime], Iterable[Waiting]]

_registered: list[Turns] = []


def register_turns(turns: Turns) -> None:
    """Ask ``turns`` of every fund too. For AppConfig.ready; a second call changes nothing."""
    if turns not in _registered:
        _registered.append(turns)


def further_turns(fund: Fund, at: datetime) -> list[Waiting]:
    """What the rooms above have waiting for somebody, in no order."""
    return [item for turns in _registered for item in turns(fund, at)]
