"""A keyholder's own key where the device is a console: kept in a file under a passphrase.

Refuses a file that is no P-256 key, a wrong passphrase, and an empty one: the private key never lies open.
The file is PKCS #8 (RFC 5958) as any other tool reads it; it is never handed to the house.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from custody.vault.checking import HALF

PASSPHRASE_MIN = 8


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A private key of P-256 in this process."""

    private: ec.EllipticCurvePrivateKey

    @property
    def point(self) -> bytes:
        """Its public half: the uncompressed SEC 1 point, 65 bytes."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    def sign(self, text: str) -> bytes:
        """r‖s over the text, 64 bytes."""
        r, s = decode_dss_signature(self.private.sign(text.encode("ascii"), ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(HALF) + s.to_bytes(HALF)


def make() -> DeviceKey:
    """A new key."""
    return DeviceKey(ec.generate_private_key(ec.SECP256R1()))


def sealed(key: DeviceKey, passphrase: str) -> bytes:
    """The key as PEM under its passphrase. Errors: Rejected for a passphrase under 8 characters."""
    if len(passphrase) < PASSPHRASE_MIN:
        raise Rejected(_("口令至少 %(least)s 个字符"), code="passphrase-too-short", least=PASSPHRASE_MIN)
    return key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


def save(key: DeviceKey, path: Path, passphrase: str) -> None:
    """Write the key under its passphrase, readable by its owner alone; never over a file that is there.

    Errors: as ``sealed``; OSError.
    """
    written = sealed(key, passphrase)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(written)


def load(path: Path, passphrase: str) -> DeviceKey:
    """The key of this file. Errors: Rejected naming the file; OSError."""
    return unsealed(path.read_bytes(), passphrase, name=path.name)


def unsealed(content: bytes, passphrase: str, *, name: str = "PEM") -> DeviceKey:
    """The key of these bytes. Errors: Rejected naming the file."""
    try:
        private = serialization.load_pem_private_key(content, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise Rejected(
            _("%(file)s 不是密钥文件，或口令不对"), code="key-file-unreadable", file=name
        ) from error
    if not (isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, ec.SECP256R1)):
        raise Rejected(_("%(file)s 不是 P-256 密钥"), code="key-file-unreadable", file=name)
    return DeviceKey(private)
