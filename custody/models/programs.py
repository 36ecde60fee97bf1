"""Programs that speak for an organisation: their tokens, and the answers already given to them.

All three tables stay as written. A token is kept by its SHA-256 alone; the text is shown once and is nowhere.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from custody.models.organisations import Operator, Organisation


class TokenScope(models.TextChoices):
    """What a token is good for. None turns a key."""

    READ = "read", _("只读")
    SUBMIT = "submit", _("读取和报送")


class ApiToken(models.Model):
    """``operator``, seated by two keys as the organisation's machine, is who acts with this token.

    ``prefix`` is what people know it by; ``expires_on`` is the first day it is good for nothing.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=6, choices=TokenScope.choices)
    expires_on = models.DateField()
    issued_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=TokenScope.values), name="token_scope_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="token_says_what_for"),
        ]
        indexes = [models.Index(fields=["organisation", "-id"], name="token_newest")]


class ApiTokenRevocation(models.Model):
    """A token taken out of use, at once and for good."""

    token = models.OneToOneField(ApiToken, on_delete=models.PROTECT, related_name="revocation")
    revoked_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    revoked_at = models.DateTimeField(db_default=Now())


class KeptAnswer(models.Model):
    """What a program was told when its write under this key was done; it is written with what it answers.

    ``content`` holds the SHA-256 of each field asked for, ``body`` the JSON that was answered.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    operation = models.CharField(max_length=60)
    key = models.CharField(max_length=64)
    content = models.JSONField()
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    location = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator", "operation", "key"], name="answered_once"),
        ]
