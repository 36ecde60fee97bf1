"""A rehearsal: the act is done whole, what the database defers is asked at once, and all of it is undone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

BEFORE = gettext_lazy("试办，以下均不写入 / a rehearsal, nothing is written")
AFTER = gettext_lazy("校验通过，未写入 / valid, nothing written")


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is judged as at a commit, and does not stay."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)
