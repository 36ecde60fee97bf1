"""Registers the settlement app with Django."""

from django.apps import AppConfig


class SettlementConfig(AppConfig):
    """Pays the provider against approved work."""

    name = "settlement"
    verbose_name = "结算支付"
