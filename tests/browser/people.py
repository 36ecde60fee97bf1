"""A person at a browser of their own: signed in, with a device key, a passkey or none, watched for errors."""

from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

from custody.models import KeyEnrolment, Operator, Organisation, PublicKey
from custody.vault import device
from tests import signing
from tests.pages import browser_of

PHONE, DESK_SCREEN = (390, 844), (1440, 1080)
BUSY_MACHINE_MS = 120_000
AGREE = "form[action='/acts/'] button[type=submit]"
SIGN = "[data-signing] button[type=submit]"
BECAME = "[data-wrong]:visible, main:not(:has([data-signing])) .tag.ok"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True,
}  # fmt: skip


@dataclass
class Person:
    """One browser profile; ``wrong`` gathers what the console complained of."""

    page: Page
    operator: Operator | None
    wrong: list[str] = field(default_factory=list)

    def open(self, path: str) -> "Person":
        """Go there."""
        self.page.goto(path)
        return self

    def load_key_file(self, organisation: Organisation, folder: Path) -> None:
        """Take the person's enrolled device key into this browser, as they would: from its file."""
        assert self.operator is not None
        _public_key, key = signing.enrolled(self.operator, organisation.pk)
        file = folder / f"{self.operator.pk}.pem"
        device.save(key, file, "a passphrase")
        self.open("/account/devices/")
        self.page.set_input_files("#key-file", file)
        self.page.fill("#key-words", "a passphrase")
        self.page.click("[data-load] button")
        self.page.wait_for_selector("[data-said]:not(:empty)")

    def make_passkey(self) -> None:
        """Have the phone make one, and two others enrol it."""
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self._make_key("passkey")

    def make_device_key(self) -> None:
        """Have the browser make one, and two others enrol it."""
        self._make_key("device")

    def _make_key(self, method: str) -> None:
        self.open("/account/devices/")
        with self.page.expect_navigation():
            self.page.click(f"[data-make] button[value={method}]")
        enrolled_as_proposed()

    def sign(self) -> bool:
        """On the check page: look at what has a hint, have the device sign; whether it did."""
        self.page.wait_for_selector("[data-signing]")
        self.page.wait_for_load_state("networkidle")  # the script is there: without it nothing is signed
        for hint in self.page.locator("input[name=looked]").all():
            hint.check()
        self.page.click(SIGN)
        self.page.wait_for_selector(BECAME)
        return not self.page.locator("[data-signing]").count()

    def turn_everything(self) -> None:
        """One decision after another, as the phone shows them: look, agree, sign; until one is not signed."""
        self.open("/")
        while self.page.locator(AGREE).count():
            self.page.click(AGREE)
            if not self.sign():
                return
            self.open("/")


def enrolled_as_proposed() -> None:
    """Two others have signed: here the owner enrols in their place."""
    for each in KeyEnrolment.objects.filter(enrolled__isnull=True):
        PublicKey.objects.using("owner").create(
            operator_id=each.operator_id, organisation_id=each.organisation_id, method=each.method,
            point=bytes(each.point), credential_id=bytes(each.credential_id), enrolment_id=each.pk,
        )  # fmt: skip


class Desk:
    """The house as people meet it."""

    def __init__(self, chromium: Browser, address: str) -> None:
        """Nobody has come yet."""
        self.chromium, self.address = chromium, address
        self.contexts: list[BrowserContext] = []

    def person(self, operator: Operator | None, size: tuple[int, int] = DESK_SCREEN) -> Person:
        """Somebody at a browser of their own, signed in; a stranger for None."""
        context = self.chromium.new_context(
            base_url=self.address,
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
        )
        context.set_default_timeout(BUSY_MACHINE_MS)
        self.contexts.append(context)
        if operator is not None:
            cookie = browser_of(operator).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.address}]
            )
        person = Person(context.new_page(), operator)
        person.page.on("pageerror", lambda error: person.wrong.append(str(error)))
        person.page.on(
            "console", lambda said: person.wrong.append(said.text) if said.type == "error" else None
        )
        return person

    def close(self) -> None:
        """Everybody leaves."""
        for context in self.contexts:
            context.close()
