"""Who looked at what: a paper downloaded, a fund's page opened, a statement issued. Stays as written.

Refuses whoever acts for no party to the fund; the database says for whom a person looks, and when.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from custody.models.estates import Fund
from custody.models.organisations import Operator, Organisation


class Access(models.TextChoices):
    """What was done."""

    OPENED = "opened", _("打开")
    DOWNLOADED = "downloaded", _("下载")
    ISSUED = "issued", _("出具")


class AccessRecord(models.Model):
    """``operator`` did ``what`` to ``about`` of ``fund``. For whom and when is the database's word."""

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=12, choices=Access.choices)
    about = models.CharField(max_length=200)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(what__in=Access.values), name="access_known"),
        ]
        indexes = [models.Index(fields=["fund", "-id"], name="access_newest_of_a_fund")]
