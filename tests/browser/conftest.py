"""People at real browsers: Debian's Chromium, one profile each, on the pages as they are served.

Skipped with a sentence where there is no Chromium; `.ci/run` installs it.
"""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import signing
from tests.browser.people import Desk

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all of them. Django is told that its loop is not ours, while it runs."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium fonts-noto-cjk")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        connections.close_all()  # those of the loop's own context, which nobody else sees
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def house(committed_db: None, chromium: Browser) -> Iterator[Desk]:
    """The house served on localhost, where whoever turns a key must have signed it in their browser."""
    for alias in ("default", "vault"):  # ended with each request: a database in use is not dropped
        connections.settings[alias]["CONN_MAX_AGE"] = 0
    server = LiveServer("localhost")
    where = urlsplit(server.url)
    origins = [f"http://localhost:{where.port}"]
    with (
        signing.unsigned(),
        override_settings(ALLOWED_HOSTS=["localhost"], PASSKEY_ORIGINS=origins, PASSKEY_RP_ID="localhost"),
    ):
        desk = Desk(chromium, origins[0])
        yield desk
        desk.close()
    server.stop()
