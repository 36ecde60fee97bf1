"""Sessions are written by one statement, and one that was ended stays ended."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.sign_in.session_store import SessionStore
from tests.pages import browser_of
from tests.settlement.desk import make_provider

pytestmark = pytest.mark.usefixtures("committed_db")


def test_a_session_is_written_by_one_statement() -> None:
    kept = SessionStore()
    kept["said"] = "先"
    kept.save()
    kept["said"] = "后"
    with CaptureQueriesContext(connection) as asked:
        kept.save()

    assert [each["sql"].split()[0] for each in asked.captured_queries] == ["UPDATE"]
    assert SessionStore(kept.session_key)["said"] == "后"


def test_what_was_ended_is_not_brought_back() -> None:
    kept = SessionStore()
    kept.save()
    Session.objects.filter(pk=kept.session_key).delete()
    kept["said"] = "又"

    with pytest.raises(UpdateError):
        kept.save()
    assert not Session.objects.filter(pk=kept.session_key).exists()


def test_a_page_remembers_its_visitor_by_one_statement() -> None:
    browser = browser_of(make_provider().at.actor)
    with CaptureQueriesContext(connection) as asked:
        browser.get("/account/devices/")
    wrote = [each["sql"].split()[0] for each in asked.captured_queries]

    assert [each for each in wrote if each in {"UPDATE", "BEGIN", "COMMIT", "INSERT"}] == ["UPDATE"]
