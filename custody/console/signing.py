"""A keyholder at the console signs with their key file, and the signature is handed to the vault.

Refuses a key file that is not enrolled for the actor, and a passphrase that does not open it. The
passphrase comes from KEY_PASSPHRASE or is asked for; it is never an argument, which other users of the
machine could read.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from getpass import getpass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody import keys
from custody.console.each import Case, EachCommand
from custody.kernel.errors import Forbidden, Rejected
from custody.models import Key, Operator, PublicKey
from custody.vault import inbox
from custody.vault.device import DeviceKey, load

KEY_FILE_HELP = "持钥人的密钥文件，口令取自 KEY_PASSPHRASE 或当场输入 / the keyholder's key file"


def sign(*, actor: Operator, which: Key, subjects: Iterable[tuple[str, int]], device: DeviceKey) -> None:
    """Sign ``which`` on each subject (kind, number) for the vault to mark. Errors: Forbidden, Rejected."""
    public_key = PublicKey.objects.filter(operator=actor, point=device.point, revocation__isnull=True).first()
    if public_key is None:
        raise Forbidden(
            _("这不是 %(operator)s 已登记且在用的密钥"),
            code="key-not-enrolled",
            operator=actor.username,
        )
    declaration = keys.declare(actor=actor, which=which, subjects=subjects)
    inbox.hand_in(
        public_key=public_key, declaration=declaration.text, signature=device.sign(declaration.text)
    )


class SigningCommand(EachCommand):
    """A command that turns keys: the actor signs with ``--key-file``, or has just signed elsewhere."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--key-file FILE`` beside what every such command takes."""
        parser.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_FILE_HELP)
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """The key file is opened once, and its passphrase asked for once."""
        file = options["key_file"]
        super().run(options | {"device": None if file is None else opened_key_file(file)})

    def sign(self, case: Case, which: Key, kind: str, number: int) -> None:
        """Sign this subject where a key file was given."""
        if case.options["device"] is not None:
            sign(actor=case.actor, which=which, subjects=[(kind, number)], device=case.options["device"])


def opened_key_file(key_file: Path) -> DeviceKey:
    """The key of this file. Errors: Rejected."""
    try:
        return load(key_file, passphrase())
    except OSError as failure:
        raise Rejected(
            _("读不了密钥文件 %(file)s：%(reason)s"),
            code="key-file-unreadable",
            file=key_file.name,
            reason=failure.strerror,
        ) from failure


def passphrase() -> str:
    """What opens the key file. Errors: Rejected where nobody can be asked."""
    told = os.environ.get("KEY_PASSPHRASE", "")
    if told:
        return told
    if not sys.stdin.isatty():
        raise Rejected(_("请设置 KEY_PASSPHRASE，或在终端上运行以输入口令"), code="passphrase-missing")
    return getpass(_("密钥口令："))
