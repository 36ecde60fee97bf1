"""Where a person is told, and what of: said by themselves, on their own page or by command.

Refuses an address that is none. A changed one is told to the one before, so that nobody's letters go astray
unseen. A keyholder's urgent letters about keys stay on while they have an address: money waits for them.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.kernel.words import told
from custody.models import Operator
from settlement.models import Notice, NoticeChoice, NoticeKind, NoticeMode


def choice_of(person: Operator) -> NoticeChoice:
    """What holds for this person; whoever said nothing wants all, and has no address."""
    newest = NoticeChoice.objects.filter(operator=person).order_by("-pk").first()
    return newest or NoticeChoice(operator=person, mode=NoticeMode.ALL)


@transaction.atomic
def choose_notices(*, person: Operator, address: str, mode: str, at: datetime) -> NoticeChoice:
    """Put down what the person says; the same again changes nothing. Errors: Rejected."""
    Operator.objects.select_for_update(no_key=True).get(pk=person.pk)
    address = address.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Rejected(_("这不是一个邮件地址"), code="address-wrong") from None
    if mode not in NoticeMode.values:
        raise Rejected(_("请选择要哪些通知"), code="mode-unknown")
    before = choice_of(person)
    if before.pk and (before.address, before.mode) == (address, mode):
        return before
    made = NoticeChoice.objects.create(operator=person, address=address, mode=mode, chosen_at=at)
    if before.address and before.address != address:
        said = _("%(on)s 起，您的通知改寄别处，不再寄到这个地址。不是您本人改的，请立即告知信托公司。")
        Notice.objects.create(
            operator=person, kind=NoticeKind.ADDRESS, told_on=localdate(at), made_at=at,
            address=before.address, subject=_("您的通知地址已改"), body=told(said, on=localdate(at)),
        )  # fmt: skip
    return made
