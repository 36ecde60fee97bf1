"""The four ways the house says no. Each error is a sentence carrying facts; HTTP is not known here."""

from typing import Any


class DomainError(Exception):
    """A refusal: ``code`` for machines, ``title`` for people, ``facts`` for both."""

    code = "refused"
    title = "操作被拒绝"

    def __init__(self, title: str | None = None, *, code: str | None = None, **facts: Any) -> None:
        self.title = title or self.title
        self.code = code or self.code
        self.facts = facts
        detail = ",".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{self.title}({detail})" if detail else self.title)


class NotFound(DomainError):
    """What was named does not exist, or not for this fund."""

    code = "not-found"
    title = "未找到"


class Forbidden(DomainError):
    """This person or organisation may not do this."""

    code = "forbidden"
    title = "无权操作"


class Conflict(DomainError):
    """The request contradicts what is already recorded (a reused key, a state that moved on)."""

    code = "conflict"
    title = "与已有记录冲突"


class Rejected(DomainError):
    """A rule of the trust refuses it: short of money, closed period, unbalanced."""

    code = "rejected"
    title = "规则不允许"


class InsufficientFunds(Rejected):
    """Available (posted − held) is less than asked."""

    code = "insufficient-funds"
    title = "可用余额不足"


class KeyReused(Conflict):
    """The idempotency key was used for other content; ``field`` names the first difference."""

    code = "key-reused"
    title = "幂等键已用于其他内容"


class PeriodClosed(Rejected):
    """The date lies in a closed period."""

    code = "period-closed"
    title = "会计期间已关闭"
