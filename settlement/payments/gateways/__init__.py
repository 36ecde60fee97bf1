"""How payment files reach a bank. Refuses to know which bank: a channel takes bytes under a name, once."""

from typing import Protocol


class BankChannel(Protocol):
    """Delivers a filed batch. Delivering the same batch again leaves exactly the same file."""

    def deliver(self, *, fund_code: str, message_id: str, content: bytes) -> None:
        """Hand over ``content`` under ``message_id``. OSError when it could not be done: nothing is there."""
