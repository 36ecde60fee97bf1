"""Lets a real worker file the replay's payments. Refuses to wait for ever: then the sweep files them.

A message is only a hint; the batch row says whether it was sent.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq
from django.utils import timezone

from settlement.models import PaymentBatch
from settlement.payments import sending

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.05


@contextmanager
def working() -> Iterator[None]:
    """One worker thread on the configured broker for as long as the replay runs."""
    broker = dramatiq.get_broker()
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=1)
    worker.start()
    try:
        yield
    finally:
        worker.stop(timeout=5000)
        broker.close()


def wait_until_sent(batch_id: int) -> None:
    """Return once the batch is filed, by the worker or, when its message is lost, by the sweep."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if PaymentBatch.objects.filter(pk=batch_id, sent_at__isnull=False).exists():
            return
        time.sleep(PAUSE_SECONDS)
    sending.send_batch(batch_id=batch_id, at=timezone.now())
