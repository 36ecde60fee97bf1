"""Lets a real worker file the replay's payments. Refuses to wait for ever: then the sweep files them.

A message is only a hint; the batch row says whether it was sent.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import dramatiq

from custody.vault import marking
from settlement.models import PaymentBatch
from settlement.payments import sending
from settlement.tasks import send_payment_batch

PATIENCE_SECONDS = 30
PAUSE_SECONDS = 0.05


@contextmanager
def working() -> Iterator[None]:
    """One worker thread on the configured broker's payments for as long as the replay runs.

    No other queue: a worker that was stopped still consumes what is declared after it.
    """
    broker = dramatiq.get_broker()
    queue = send_payment_batch.queue_name
    worker = dramatiq.Worker(broker, queues={queue}, worker_timeout=100, worker_threads=1)
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
    sending.send_batch(batch_id=batch_id, at=marking.now())
