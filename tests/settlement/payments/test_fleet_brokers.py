"""A fleet's brokers carry the same hint. RabbitMQ and Redis where one answers; else skipped, saying so."""

import os
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pika
import pytest
from dramatiq import Actor, Broker, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import dq_name, xq_name
from pytest_django import Settings

from config.broker import build_broker
from settlement.models import PaymentBatch
from settlement.tasks import send_payment_batch
from tests.settlement.desk import make_provider

pytestmark = [pytest.mark.usefixtures("committed_db"), pytest.mark.broker]

URLS = {
    "rabbitmq": os.environ.get("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672"),
    "redis": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
}
PATIENCE_SECONDS = 20


@pytest.fixture(params=sorted(URLS))
def broker(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Broker]:
    parts = urlsplit(URLS[request.param])
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except OSError as error:
        pytest.skip(f"no {request.param} at {parts.hostname}:{parts.port}: {error}")
    settings.BROKER_URL = URLS[request.param]
    made = build_broker()
    yield made
    made.close()


@pytest.fixture
def queue(broker: Broker) -> Iterator[str]:
    """A queue of this test alone; afterwards it is gone, with its delayed and its dead letters."""
    name = f"payments-test-{uuid.uuid4().hex[:8]}"
    yield name
    if isinstance(broker, RabbitmqBroker):
        for each in (name, dq_name(name), xq_name(name)):
            broker.channel.queue_delete(queue=each)
    else:
        broker.flush(name)
    assert left_behind(broker, name) == []


def left_behind(broker: Broker, name: str) -> list[str]:
    """What of the queue the server still knows, asked on a connection of its own."""
    if not isinstance(broker, RabbitmqBroker):
        assert isinstance(broker, RedisBroker)
        client: Any = broker.client
        return [key.decode() for key in client.keys(f"*{name}*")]
    found = []
    for each in (name, dq_name(name), xq_name(name)):
        with pika.BlockingConnection(pika.URLParameters(URLS["rabbitmq"])) as asking:
            try:
                asking.channel().queue_declare(queue=each, passive=True)
            except pika.exceptions.ChannelClosedByBroker:
                continue
            found.append(each)
    return found


def test_a_worker_of_the_fleet_sends_the_batch(
    broker: Broker, queue: str, settings: Settings, tmp_path: Path
) -> None:
    settings.BANK_OUTBOX = tmp_path
    desk = make_provider()
    batch = desk.instructed(desk.released())
    actor = Actor(
        send_payment_batch.fn,
        broker=broker,
        actor_name="send_payment_batch",
        queue_name=queue,
        priority=0,
        options={},
    )

    actor.send(batch.pk)
    worker = Worker(broker, queues={queue}, worker_threads=1, worker_timeout=100)
    worker.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while PaymentBatch.objects.get(pk=batch.pk).sent_at is None and time.monotonic() < deadline:
        time.sleep(0.1)
    worker.stop()

    assert PaymentBatch.objects.get(pk=batch.pk).sent_at is not None
    assert [path.name for path in tmp_path.rglob("*.xml")] == [f"{batch.message_id}.xml"]
