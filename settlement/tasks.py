"""Messages to workers. An actor carries a primary key and only hints; the row's state is the truth.

Refuses to deliver: that is the vault's, whose login a worker has in a demonstration alone.
"""

import dramatiq

from custody.kernel.durable import retrying
from custody.vault import inbox, marking
from settlement.payments import sending


@dramatiq.actor(queue_name="payments", max_retries=5, time_limit=60_000)  # ms
def send_payment_batch(batch_id: int) -> None:
    """Wake the vault for one batch's file; where this process is the vault too, send it, unless it is out."""
    if not inbox.answers_here():
        inbox.wake()
        return
    retrying(lambda: sending.send_batch(batch_id=batch_id, at=marking.now()), using=marking.VAULT)
