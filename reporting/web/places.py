"""Where each audience finds the pages of statements."""

from django.utils.translation import gettext_lazy as _

from custody.models import OrganisationKind as Kind
from custody.web.shell import Place, add_places


def add_statement_places() -> None:
    """Put them into the navigation, once the house starts."""
    add_places(
        Place(Kind.TRUSTEE, "office", "publishing", _("公布")),
        Place(Kind.TRUSTEE, "office", "statements", _("报表")),
        Place(Kind.COMMITTEE, "", "handed_statements", _("报表")),
        Place(Kind.PROTECTOR, "", "handed_statements", _("报表")),
        Place(Kind.REGULATOR, "", "oversight", _("辖区信托")),
        Place(Kind.REGULATOR, "", "verify", _("验真")),
        Place(Kind.REGULATOR, "", "oversight_log", _("查阅记录")),
    )
