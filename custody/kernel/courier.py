"""How a letter leaves the house: one method, whatever carries it (mail today, text messages some day)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told to whom. ``number`` is the same for every try, so that a carrier can know a second one."""

    number: int
    address: str
    subject: str
    body: str


class Courier(Protocol):
    """Carries letters; raises when it has not taken one, and is then asked again later."""

    def carry(self, letter: Letter) -> None:
        """Take the letter for good, or raise."""
