"""Start-up wiring that needs Django's settings: which broker carries the messages, and which
database login may work."""

import dramatiq
from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Stands first among the apps, so that the broker is there before any actor is declared."""

    name = "config"
    verbose_name = _("系统配置")

    def ready(self) -> None:
        """Declare the broker, and have the first connection looked at; nothing is opened yet."""
        from config.broker import build_broker
        from config.logins import look_at_first

        connection_created.connect(look_at_first, dispatch_uid="config.logins")
        dramatiq.set_broker(build_broker())
