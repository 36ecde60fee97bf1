"""Where messages wait: PostgreSQL by default (same database and role), RabbitMQ or Redis by URL.

Opens nothing until the first message, so plain commands pay nothing. Refuses any other kind of URL.
"""

from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import dramatiq
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connections
from dramatiq.broker import Broker
from psycopg_pool import ConnectionPool

POOL_MAX = 8


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


class QueuePool:
    """Connections to the application's database, opened when the first message is sent or awaited."""

    def __init__(self) -> None:
        self._pool: ConnectionPool | None = None
        self._lock = Lock()

    def getconn(self) -> Any:
        """A connection as the application's role."""
        with self._lock:
            if self._pool is None:
                self._pool = ConnectionPool(
                    kwargs=_connection_arguments(),
                    min_size=0,
                    max_size=POOL_MAX,
                    open=True,
                    check=ConnectionPool.check_connection,
                )
            return self._pool.getconn()

    def putconn(self, connection: Any) -> None:
        """Give a connection back."""
        if self._pool is not None:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close what was opened; a later message opens anew."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None


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

        broker = RedisBroker(url=settings.BROKER_URL)
    else:
        raise ImproperlyConfigured(f"BROKER_URL must be empty, amqp://… or redis://…, not {scheme}://…")
    broker.add_middleware(ClosesConnections())
    return broker


def _postgres() -> Broker:
    from dramatiq_postgres import PostgresBroker

    return PostgresBroker(pool=QueuePool(), results=False)


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
