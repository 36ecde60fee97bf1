"""What each person signs in and turns keys with: made once, kept in logins.json, laid onto the database.

Refuses nothing; it is for a demonstration alone, whose secrets lie open in a file that says so by its place.
The device key is PKCS #8 (RFC 5958) as PEM, its passphrase is the person's password.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django.urls import reverse

from config.replay.devices import enrolled_by_owner
from config.replay.serving.townspeople import Townsperson, memberships
from custody.kernel.durable import write_whole
from custody.models import Operator, Role
from custody.vault import device
from custody.vault.device import DeviceKey
from custody.web.shell import BEGINS
from settlement.models import NoticeMode
from settlement.notices.wanted import choice_of, choose_notices

_WORDS = (
    "chun", "xia", "qiu", "dong", "yun", "yu", "feng", "xue", "shan", "he", "hu", "hai", "song", "zhu", "mei",
    "lan", "ju", "tao", "li", "xing", "yue", "ri", "chen", "xi", "nan", "bei", "hong", "lv", "qing", "bai",
    "he", "yan", "ma", "lu", "yang", "ge", "cha", "jiu", "qin", "qi", "shu", "hua",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pass:
    """One person's entry of logins.json; ``device_key`` is empty for whoever holds no key."""

    role: str
    name: str
    username: str
    password: str
    totp_secret: str
    device_key: str
    organisation: str
    start: str

    @property
    def key(self) -> DeviceKey:
        """The private key, opened."""
        return device.unsealed(self.device_key.encode(), self.password)


class Passes:
    """The passes of ``path``, and new ones for whoever has none there."""

    def __init__(self, path: Path, people: Iterable[Townsperson]) -> None:
        """Read what is there, make what is missing, and write it."""
        self.path = path
        kept = {each["username"]: Pass(**each) for each in _read(path)}
        self._of = {each.username: kept.get(each.username) or _made(each) for each in people}
        self._write()

    def all(self) -> list[Pass]:
        """Everybody's, in the order of the people."""
        return list(self._of.values())

    def key_of(self, holder: Operator) -> DeviceKey:
        """The key of this person, as ``Devices`` asks."""
        return self._of[holder.username].key

    def lay_on(self, at: datetime) -> None:
        """Let these passes, and no other, be what the people sign in with; enrol their keys and addresses."""
        for person, membership in memberships():
            one = self._of.get(person.username)
            if one is None:
                continue
            with transaction.atomic():
                if not person.check_password(one.password):
                    person.set_password(one.password)
                    person.save(update_fields=["password"])
                self._second_factor(person, one.totp_secret)
            if choice_of(person).pk is None:
                address = f"{person.username}@example.invalid"
                choose_notices(person=person, address=address, mode=NoticeMode.ALL, at=at)
            if membership.role == Role.KEYHOLDER:
                enrolled_by_owner(person, one.key)
            told = {**asdict(one), "organisation": membership.organisation.name}
            self._of[person.username] = Pass(**told)
        self._write()

    @staticmethod
    def _second_factor(person: Operator, secret: str) -> None:
        present = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP)
        if not any(each.data.get("secret") == secret for each in present):
            present.delete()
            TOTP.activate(person, secret)

    def _write(self) -> None:
        said = [asdict(each) for each in self.all()]
        write_whole(self.path, json.dumps(said, ensure_ascii=False, indent=1).encode())
        for each in self.all():
            if each.device_key:
                write_whole(self.path.parent / "keys" / f"{each.username}.pem", each.device_key.encode())


def _read(path: Path) -> list[dict[str, str]]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _made(person: Townsperson) -> Pass:
    password = "-".join([*(secrets.choice(_WORDS) for _ in range(4)), str(secrets.randbelow(900) + 100)])
    holds = person.role == Role.KEYHOLDER
    return Pass(
        role=person.position,
        name=person.full_name,
        username=person.username,
        password=password,
        totp_secret=generate_totp_secret(),
        device_key=device.sealed(device.make(), password).decode() if holds else "",
        organisation="",
        start=reverse(BEGINS[person.kind]),
    )
