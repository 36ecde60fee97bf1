"""The four ways the house says no: each a sentence with its facts told in it. Refuses to know HTTP."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from custody.kernel.words import told


class DomainError(Exception):
    """A refusal: ``code`` for machines, ``title`` a sentence for people, ``facts`` (values) for machines.

    Placeholders ``%(name)s`` in ``title`` are filled with the facts in words; a fact without a placeholder
    is for machines alone and is not shown.
    """

    code = "refused"
    sentence = _("操作被拒绝")

    def __init__(self, title: str | None = None, *, code: str | None = None, **facts: Any) -> None:
        self.title = told(str(title or self.sentence), **facts)
        self.code = code or self.code
        self.facts = facts
        super().__init__(self.title)


class NotFound(DomainError):
    """What was named does not exist, or not for this fund."""

    code = "not-found"
    sentence = _("未找到")


class Forbidden(DomainError):
    """This person or organisation may not do this."""

    code = "forbidden"
    sentence = _("无权操作")


class Conflict(DomainError):
    """The request contradicts what is already recorded (a reused key, a state that moved on)."""

    code = "conflict"
    sentence = _("与已有记录冲突")


class Rejected(DomainError):
    """A rule of the trust refuses it: short of money, closed period, unbalanced."""

    code = "rejected"
    sentence = _("规则不允许")


class InsufficientFunds(Rejected):
    """Available (posted − held) is less than asked."""

    code = "insufficient-funds"
    sentence = _("可用余额不足")


class KeyReused(Conflict):
    """The idempotency key was used for other content; ``field`` names the first difference."""

    code = "key-reused"
    sentence = _("同一幂等键已用于其他内容")


class PeriodClosed(Rejected):
    """The date lies in a closed period."""

    code = "period-closed"
    sentence = _("会计期间已关闭")
