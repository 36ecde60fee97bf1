"""Registers the custody app with Django."""

from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Each estate's segregated trust fund and the ledger that proves it."""

    name = "custody"
    verbose_name = "信托财产保管"
