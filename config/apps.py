"""Start-up wiring that needs Django's settings: which broker carries the messages."""

import dramatiq
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Stands first among the apps, so that the broker is there before any actor is declared."""

    name = "config"
    verbose_name = _("系统配置")

    def ready(self) -> None:
        """Declare the broker; nothing is opened yet."""
        from config.broker import build_broker

        dramatiq.set_broker(build_broker())
