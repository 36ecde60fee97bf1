"""Messages to workers. An actor carries a primary key and holds no logic; the row's state is the truth."""

import dramatiq
from django.utils import timezone

from custody.kernel.durable import retrying
from settlement.payments import sending


@dramatiq.actor(queue_name="payments", max_retries=5, time_limit=60_000)  # ms
def send_payment_batch(batch_id: int) -> None:
    """Send one batch's file; returns quietly when it is out already."""
    retrying(lambda: sending.send_batch(batch_id=batch_id, at=timezone.now()))
