"""A release that stands: both keys on what the settlement says now. Refuses one whose content moved since."""

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from custody import keys
from custody.kernel.errors import Conflict
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import Settlement


def refuse_void_keys(settlement: Settlement, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Conflict (``key-void``) unless both keys stand on the settlement's present content."""
    if not all(keys.stands(SETTLEMENT, settlement.pk, key, using=using) for key in keys.HELD_BY):
        raise Conflict(
            _("发票 %(number)s 审批后内容已变，两把密码失效"),
            code="key-void",
            number=settlement.number,
            settlement=settlement.pk,
        )
