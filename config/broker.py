"""Where messages wait: PostgreSQL by default (same database and role), RabbitMQ or Redis by URL.

Opens nothing until the first message, so plain commands pay nothing. Refuses any other kind of URL.
"""

from typing import Any
from urllib.parse import urlsplit

import dramatiq
import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connections
from django.utils.translation import gettext as _
from dramatiq.broker import Broker


class ClosesConnections(dramatiq.Middleware):
    """A worker's thread does not keep a stale database connection from one message to the next."""

    def before_process_message(self, broker: Broker, message: Any) -> None:
        """Drop what went stale while waiting."""
        close_old_connections()

    def after_process_message(
        self, broker: Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Leave nothing open beyond its age."""
        close_old_connections()

    def before_worker_thread_shutdown(self, broker: Broker, thread: Any) -> None:
        """Leave nothing open at all."""
        connections.close_all()


class QueueConnections:
    """Stands where the broker expects a pool: a connection for each message, closed when given back.

    Messages are few and connections to the same host cheap, so nothing idles and nothing outlives its use.
    """

    def getconn(self) -> psycopg.Connection[Any]:
        """A connection as the application's role."""
        return psycopg.connect(**_connection_arguments())

    def putconn(self, connection: psycopg.Connection[Any]) -> None:
        """Close it."""
        connection.close()

    def close(self) -> None:
        """Nothing is kept open."""


def build_broker() -> Broker:
    """The broker that ``BROKER_URL`` names; ImproperlyConfigured for a kind we do not know."""
    scheme = urlsplit(settings.BROKER_URL).scheme
    if not settings.BROKER_URL:
        broker = _postgres()
    elif scheme in {"amqp", "amqps"}:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        broker = RabbitmqBroker(url=settings.BROKER_URL)
    elif scheme in {"redis", "rediss"}:
        from dramatiq.brokers.redis import RedisBroker

        broker = RedisBroker(url=settings.BROKER_URL)  # type: ignore[no-untyped-call]
    else:
        raise ImproperlyConfigured(
            _("BROKER_URL 应为空、amqp://… 或 redis://…，而不是 %(scheme)s://…") % {"scheme": scheme}
        )
    broker.add_middleware(ClosesConnections())
    return broker


def _postgres() -> Broker:
    from dramatiq_postgres import PostgresBroker

    return PostgresBroker(pool=QueueConnections(), results=False)  # type: ignore[no-untyped-call]


def _connection_arguments() -> dict[str, Any]:
    """The present database's, read late: tests choose theirs after the settings are read."""
    current = connections["default"].settings_dict
    known = {
        "dbname": current["NAME"],
        "user": current["USER"],
        "password": current["PASSWORD"],
        "host": current["HOST"],
        "port": current["PORT"],
        "application_name": "payments-queue",
        **current["OPTIONS"],
    }
    return {name: value for name, value in known.items() if value not in ("", None)}
