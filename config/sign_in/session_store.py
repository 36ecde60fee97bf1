"""Where sessions are kept: Django's table, a session already there written by one statement.

Refuses to bring back a session that was ended meanwhile, as Django's own store does.
"""

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    """Django's store; its name is part of the signature on what it keeps, so those it wrote stay good."""

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 — as Django calls it
        """Write the session; of one that is there already its data and its end, in no transaction of its own.

        Errors: UpdateError where it is there no more.
        """
        if must_create or self.session_key is None:
            super().save(must_create=must_create)
            return
        row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]
        kept = self.model.objects.filter(pk=row.pk)
        if not kept.update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError
