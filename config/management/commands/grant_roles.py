"""grant_roles: makes the three roles hold exactly what config/grants.toml says, as the tables' owner.

Refuses (exit 2, nothing changed) a table the list does not name, and says what it could not take back.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.translation import gettext as _

from config import grants

REFUSED = 2


class Command(BaseCommand):
    """``manage.py grant_roles``."""

    help = "按清单设定 trust_app、trust_vault、trust_reader 三个角色的权限 / set the roles' privileges"

    def handle(self, *args: Any, **options: Any) -> None:
        """Classify, set, and look again."""
        owner = connections["owner"]
        strange = grants.strangers(grants.catalogue(owner))
        if strange:
            said = _("权限清单 config/grants.toml 与库中的表和函数不符：%(names)s / not classified")
            raise CommandError(said % {"names": ", ".join(strange)}, returncode=REFUSED)
        before = grants.unlike_the_list(owner)
        grants.set_exactly(owner)
        left = grants.unlike_the_list(owner)
        if left:
            said = _(
                "有 %(count)s 处权限与清单不符，无法自行更正，请由超级用户处理：%(first)s / not repaired"
            )
            raise CommandError(said % {"count": len(left), "first": left[0]}, returncode=REFUSED)
        said = _("三个角色的权限与清单一致，更正 %(count)s 处 / as listed")
        self.stdout.write(said % {"count": len(before)})
