"""Registers the custody app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustodyConfig(AppConfig):
    """Each estate's segregated trust fund and the ledger that proves it."""

    name = "custody"
    verbose_name = _("信托财产保管")
