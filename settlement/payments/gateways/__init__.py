"""How payment files reach a bank. Refuses to know which bank: a channel takes bytes under a name, once."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class File:
    """One batch's file: whose fund, under which name, which bytes."""

    fund_code: str
    message_id: str
    content: bytes


class BankChannel(Protocol):
    """Delivers a filed batch. Delivering the same batch again leaves exactly the same file."""

    def holds(self, file: File) -> bool:
        """Whether exactly this file is out already."""

    def out(self, fund_code: str) -> frozenset[str]:
        """The message ids of the fund's files that are out."""

    def content_of(self, fund_code: str, message_id: str) -> bytes:
        """The bytes that are out under this id. OSError when they cannot be read."""

    def deliver(self, file: File) -> None:
        """Hand ``file`` over. OSError when it could not be done: nothing is there.

        Conflict when a payment of it is out already in another file.
        """
