"""Tests share a database with other tests' funds; a replay runs only on a database of its own."""

from contextlib import AbstractContextManager
from unittest.mock import patch

COMMAND = "config.replay.management.commands.replay_pack"


def among_no_others() -> AbstractContextManager[object]:
    """As if no fund stood there but those a replay made."""
    return patch(f"{COMMAND}.funds_of_others", return_value=[])
