"""Registers the settlement app with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SettlementConfig(AppConfig):
    """Pays the provider against approved work."""

    name = "settlement"
    verbose_name = _("结算支付")

    def ready(self) -> None:
        """Bank lines are first asked whether they are one of our payments."""
        from custody.bank.explaining import register_explainer
        from settlement.payments.bank_lines import explain_payment

        register_explainer(explain_payment)
