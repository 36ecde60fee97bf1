"""The money column of every model: django-money's field, typed. Refuses nothing of its own."""

from typing import TYPE_CHECKING, Any

from djmoney.money import Money

if TYPE_CHECKING:
    from django.db import models

    class MoneyField(models.Field[Money, Money]):
        """An amount in yuan with its currency column."""

        def __init__(self, **options: Any) -> None: ...

    class OptionalMoneyField(models.Field[Money | None, Money | None]):
        """An amount in yuan not known yet."""

        def __init__(self, **options: Any) -> None: ...

else:
    from djmoney.models.fields import MoneyField

    OptionalMoneyField = MoneyField

__all__ = ["MoneyField", "OptionalMoneyField"]
