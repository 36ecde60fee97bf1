"""Messages wait on the application's own database, as its own role, and only hint."""

import threading
import time
import uuid
from pathlib import Path

import dramatiq
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from dramatiq import Worker
from pytest_django import Settings

from config.broker import build_broker
from config.replay.waiting import working
from settlement.models import PaymentBatch
from settlement.tasks import send_payment_batch
from tests.settlement.desk import make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


def queued(batch_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM dramatiq.queue WHERE state = 'queued' AND message->'args'->>0 = %s",
            (str(batch_id),),
        )
        return int(cursor.fetchone()[0])


def test_instructing_leaves_one_message_after_the_commit(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()

    batch = desk.instructed(desk.released())

    assert queued(batch.pk) == 1


def test_a_worker_sends_the_batch(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    batch = desk.instructed(desk.released())
    broker = dramatiq.get_broker()
    worker = Worker(broker, worker_threads=1, worker_timeout=100, queues={"payments"})

    worker.start()
    deadline = time.monotonic() + 20
    while PaymentBatch.objects.get(pk=batch.pk).sent_at is None and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.stop()
    broker.close()
    notifier: threading.Thread = vars(broker)["notifier"]
    notifier.join(10)

    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is not None


def test_a_replays_worker_that_ended_consumes_no_queue_declared_later() -> None:
    broker = dramatiq.get_broker()
    with working():
        pass
    vars(broker)["notifier"].join(10)
    before = threading.active_count()

    broker.declare_queue(f"later-{uuid.uuid4().hex[:8]}")

    assert threading.active_count() == before


def test_a_message_delivered_twice_sends_once(settings: Settings, tmp_path: Path) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    batch = desk.instructed(desk.released())

    send_payment_batch(batch.pk)
    sent_at = PaymentBatch.objects.get(pk=batch.pk).sent_at
    send_payment_batch(batch.pk)

    assert PaymentBatch.objects.get(pk=batch.pk).sent_at == sent_at


def test_an_unknown_kind_of_broker_is_refused(settings: Settings) -> None:
    settings.BROKER_URL = "kafka://somewhere"

    with pytest.raises(ImproperlyConfigured, match="kafka"):
        build_broker()
