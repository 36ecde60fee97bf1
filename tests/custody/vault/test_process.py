"""The vault as a process of its own: it answers what came before it and while it runs, and ends when told."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections

from custody.kernel.errors import Rejected
from custody.models import SignedSubject
from custody.vault import inbox, marking
from custody.vault.declaration import Signed
from tests import server, signing
from tests.factories import TestFund, make_fund

pytestmark = pytest.mark.usefixtures("committed_db")
SUBJECT = Signed("test", 1, "release", "d" * 64)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the application's login alone, as a page has."""
    monkeypatch.setattr(inbox, "answers_here", lambda: False)


@pytest.fixture
def process(committed_db: None) -> Iterator[subprocess.Popen[str]]:
    address = server.url()
    environment = server.environment(address, DATABASE_VAULT_URL=address)
    command = [sys.executable, "manage.py", "run_vault"]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline()
        yield started
        started.terminate()


def handed_in(trust: TestFund) -> None:
    row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [SUBJECT])
    inbox.hand_in(public_key=row, declaration=told.text, signature=private.sign(told.text))


@pytest.mark.usefixtures("alone")
def test_it_answers_while_it_runs_and_ends_when_told(process: subprocess.Popen[str]) -> None:
    trust = make_fund()
    handed_in(trust)

    assert SignedSubject.objects.filter(operator=trust.trustee_key).count() == 1
    process.terminate()
    assert process.wait(timeout=30) == 0


@pytest.mark.usefixtures("alone")
def test_without_a_vault_the_signature_waits_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    trust = make_fund()
    monkeypatch.setattr(inbox, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(Rejected, match="没有答复"):
        handed_in(trust)

    waiting = marking.unanswered()
    assert waiting
    for each in waiting:
        marking.answer(each)
    assert SignedSubject.objects.filter(operator=trust.trustee_key).count() == 1


def test_killed_in_the_middle_it_answers_the_rest_when_it_is_back() -> None:
    trust = make_fund()
    row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [SUBJECT])
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO custody_signature (public_key_id, declaration, signature, authenticator_data,"
            " client_data) VALUES (%s, %s, %s, '', '')",
            (row.pk, told.text, private.sign(told.text)),
        )
    address = server.url()
    environment = server.environment(address, DATABASE_VAULT_URL=address)
    with subprocess.Popen(
        [sys.executable, "manage.py", "run_vault"], cwd=settings.BASE_DIR, env=environment, text=True
    ) as started:
        until = time.monotonic() + 60
        while not SignedSubject.objects.filter(operator=trust.trustee_key).exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        started.kill()
    assert SignedSubject.objects.filter(operator=trust.trustee_key).count() == 1
