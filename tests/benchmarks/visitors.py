"""People at browsers that measure: each a thread with one kept connection, signed in as in the tests."""

import http.client
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings

from config.replay.serving.supervising import HOST
from custody.models import Operator, SigningList
from custody.web.handed import base64url
from settlement.decisions.subjects import SETTLEMENT
from settlement.models import Settlement
from tests import signing
from tests.pages import browser_of

TOKEN = "b" * 32
MILLISECONDS = 1000
Measured = list[tuple[float, ...]]


@dataclass
class Visitor:
    """One person at one browser, whose requests come one after the other."""

    person: Operator
    port: int
    _cookies: str = ""
    _line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        session = browser_of(self.person).cookies[settings.SESSION_COOKIE_NAME].value
        self._cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self._line = http.client.HTTPConnection(HOST, self.port, timeout=120)

    def get(self, address: str) -> float:
        """Milliseconds until the page is here."""
        return self._timed("GET", address, None, 200)[0]

    def post(self, address: str, said: Sequence[tuple[str, str]]) -> tuple[float, str]:
        """Milliseconds until the answer is here, and where it leads."""
        return self._timed("POST", address, urlencode([*said, ("csrfmiddlewaretoken", TOKEN)]), 302)

    def approve(self, settlement: Settlement, organisation_id: int) -> tuple[float, float]:
        """Milliseconds of opening the list of one settlement, and of handing in its signature."""
        item = f"{settlement.fund.code}|{SETTLEMENT}|{settlement.number}"
        opening, address = self.post("/acts/", [("list", str(uuid.uuid4())), ("item", item)])
        row = SigningList.objects.get(pk=address.strip("/").split("/")[-1])
        public_key, device = signing.enrolled(self.person, organisation_id)
        looked = [("looked", str(each)) for each in row.items.values_list("pk", flat=True)]
        signed = [("public_key", str(public_key.pk)), ("signature", base64url(device.sign(row.declaration)))]
        return opening, self.post(f"{address}sign/", [*signed, *looked])[0]

    def _timed(self, method: str, address: str, body: str | None, expected: int) -> tuple[float, str]:
        headers = {"Cookie": self._cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._line.request(method, address, body, headers)
        answer = self._line.getresponse()
        content = answer.read()
        took = (time.perf_counter() - began) * MILLISECONDS
        if answer.status != expected:
            raise AssertionError(f"{method} {address}: {answer.status} {content[:300]!r}")
        return took, answer.headers.get("Location", "")


def at_once(errands: Sequence[Callable[[], Measured]]) -> tuple[Measured, float]:
    """All errands side by side: what each measured, and how many seconds all took together."""
    with ThreadPoolExecutor(len(errands)) as pool:
        began = time.perf_counter()
        found = [each for answer in [pool.submit(errand) for errand in errands] for each in answer.result()]
        return found, time.perf_counter() - began
