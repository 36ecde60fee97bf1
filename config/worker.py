"""What a worker process loads: ``dramatiq config.worker``. Declares the actors.

Refuses to start, as every process does, under a login or roles that config/logins.py would not let work."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import OperationalError, connection  # noqa: E402

from custody.web import tasks as uploads  # noqa: E402
from settlement import tasks  # noqa: E402

try:
    connection.ensure_connection()
    connection.close()
except OperationalError:
    pass  # a server that is away for a moment is asked again with the first message

__all__ = ["tasks", "uploads"]
