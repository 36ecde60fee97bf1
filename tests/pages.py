"""A browser without scripts for tests: signed in as somebody, on the database's clock."""

import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from custody.models import Operator


def browser_of(person: Operator | None = None, *, second_factor: bool = True) -> Client:
    """A client whose session is the person's, begun with a second factor; of nobody for a stranger."""
    client = Client()
    if person is not None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        shown = ["password", "mfa"] if second_factor else ["password"]
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": method, "at": int(time.time())} for method in shown
        ]
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client
