"""How long one fund's quarter takes as a statement, before and after other funds pile up history.

The fund is the sample estate, replayed; the others post through the same door.
"""

import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from reporting.exporting import Asked, build_statement
from tests.benchmarks import bare, ledger
from tests.benchmarks.figures import Figure, summary
from tests.config.replay.alone import among_no_others

PACK = Path(__file__).parent.parent / "packs" / "four-seasons"
ASKED = Asked("CD-GX-0001", "fund", date(2025, 7, 1), date(2025, 9, 30))
OTHERS = 200_000
MILLISECONDS = 1000


def _times(rounds: int) -> list[float]:
    """Milliseconds for the statement of the sample quarter; the first run only warms."""
    values = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        build_statement(ASKED)
        values.append((time.perf_counter() - began) * MILLISECONDS)
    return values[1:]


def figures(grounds: list[ledger.Ground], rounds: int, scale: float) -> Iterator[Figure]:
    """Alone, then beside the history of the other funds."""
    with tempfile.TemporaryDirectory() as out, override_settings(BANK_OUTBOX=Path(out)), among_no_others():
        call_command("replay_pack", PACK, out=Path(out), stdout=StringIO())
    _analyse()
    alone, spread = summary(_times(rounds))
    name = "fund statement of one quarter"
    yield Figure(f"{name}, few others", "ms", alone, spread, "≤ 100")
    count = max(int(OTHERS * scale), bare.BATCH)
    ledger.ours_many(grounds, count, uuid.uuid4().hex[:8])()
    _analyse()
    beside = _times(rounds)
    value, spread = summary(beside)
    ratio, ratio_spread = summary([each / alone for each in beside])
    yield Figure(
        f"{name}, beside {count:,} entries of others", "ms", value, spread, "≤ 100", ratio, ratio_spread
    )


def _analyse() -> None:
    """What autovacuum does by itself within a minute."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
