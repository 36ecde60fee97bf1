"""Where the trust company's people find the pages of custody."""

from django.utils.translation import gettext_lazy as _

from custody.models import OrganisationKind as Kind
from custody.money_in.waiting_lines import open_count
from custody.web.shell import Place, add_places
from custody.web.visits import Visit

LAST = 90


def add_custody_places() -> None:
    """Put them into the navigation, once the house starts."""
    add_places(
        Place(Kind.TRUSTEE, "todo", "suspense", _("待确认与待查"), _open),
        Place(Kind.TRUSTEE, "todo", "imports", _("导入")),
        Place(Kind.TRUSTEE, "money", "funds", _("信托")),
        Place(Kind.TRUSTEE, "money", "days", _("日终核对")),
        Place(Kind.TRUSTEE, "office", "people", _("人员与密钥")),
        Place(Kind.TRUSTEE, "office", "log", _("操作记录")),
        Place(Kind.TRUSTEE, "office", "access_log", _("查阅记录")),
        Place(Kind.PROTECTOR, "", "access_log", _("查阅记录"), rank=LAST),
        Place(Kind.PROVIDER, "", "access_log", _("查阅记录"), rank=LAST),
        Place(Kind.COMMITTEE, "", "access_log", _("查阅记录"), rank=LAST),
    )


def _open(visit: Visit) -> int:
    return open_count(visit.funds)
