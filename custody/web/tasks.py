"""Messages to workers about what pages were handed. An actor carries a primary key and holds no logic."""

import dramatiq

from custody.kernel.durable import retrying
from custody.money_in import uploads


@dramatiq.actor(queue_name="uploads", max_retries=5, time_limit=600_000)  # ms
def run_upload_later(upload_id: int) -> None:
    """Rehearse or take in one upload; returns quietly when that is done."""
    retrying(lambda: uploads.run_upload(upload_id))
