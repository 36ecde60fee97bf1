"""Who signs heads where no device is at hand: two private keys and the salts' secret, files of one folder.

Refuses a folder that others can read, one that lacks a file, and to write over a key that is there.
"""

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.vault.device import DeviceKey
from reporting.transparency.leaves import Secret

P256_FILE, ED25519_FILE, SECRET_FILE = "p256.pem", "ed25519.pem", "salts.key"
SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True)
class FileSigner:
    """Signs heads with keys in this process's memory."""

    device: DeviceKey
    edwards: ed25519.Ed25519PrivateKey

    @property
    def p256_key(self) -> bytes:
        """The public point."""
        return self.device.point

    @property
    def ed25519_key(self) -> bytes:
        """The public key."""
        return self.edwards.public_key().public_bytes_raw()

    def p256(self, text: bytes) -> bytes:
        """r‖s."""
        return self.device.sign(text.decode("ascii"))

    def ed25519(self, text: bytes) -> bytes:
        """RFC 8032."""
        return self.edwards.sign(text)


def make_log_keys(folder: Path) -> FileSigner:
    """Two new keys and a secret in a new folder that its owner alone reads. OSError where it cannot be."""
    folder.mkdir(mode=0o700, parents=True)
    made = FileSigner(
        DeviceKey(ec.generate_private_key(ec.SECP256R1())), ed25519.Ed25519PrivateKey.generate()
    )
    for name, key in ((P256_FILE, made.device.private), (ED25519_FILE, made.edwards)):
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        write_secret(folder / name, pem)
    write_secret(folder / SECRET_FILE, secrets.token_bytes(SECRET_OCTETS))
    return made


def log_keys_in(folder: Path) -> tuple[FileSigner, Secret]:
    """The signer and the secret of this folder. Errors: Rejected, naming the file."""
    p256, edwards = _private(folder / P256_FILE), _private(folder / ED25519_FILE)
    if not isinstance(p256, ec.EllipticCurvePrivateKey) or not isinstance(p256.curve, ec.SECP256R1):
        raise _unusable(folder / P256_FILE)
    if not isinstance(edwards, ed25519.Ed25519PrivateKey):
        raise _unusable(folder / ED25519_FILE)
    octets = _read(folder / SECRET_FILE)
    if len(octets) != SECRET_OCTETS:
        raise _unusable(folder / SECRET_FILE)
    return FileSigner(DeviceKey(p256), edwards), Secret(octets)


def write_secret(place: Path, content: bytes) -> None:
    """A new file that its owner alone reads. OSError where it cannot be, or is there."""
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _private(place: Path) -> object:
    try:
        return serialization.load_pem_private_key(_read(place), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(place) from error


def _read(place: Path) -> bytes:
    try:
        mode = place.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise Rejected(
                _("%(file)s 别人也能读；请只留所有者的权限（chmod 600）"), code="key-file-open", file=place
            )
        return place.read_bytes()
    except OSError as error:
        raise _unusable(place) from error


def _unusable(place: Path) -> Rejected:
    return Rejected(
        _("%(file)s 读不出密钥；请用 make_log_keys 制作，或指明 --keys"),
        code="key-file-unreadable",
        file=place,
    )
