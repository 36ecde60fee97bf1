"""What a worker process loads: ``dramatiq config.worker``. Refuses nothing; it only declares the actors."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from settlement import tasks  # noqa: E402

__all__ = ["tasks"]
