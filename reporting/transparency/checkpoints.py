"""A signed head of the log of days: a C2SP checkpoint with one line for pages and one for public tools.

Signed text: ``origin LF size LF base64(root) LF``. Ed25519 as C2SP's signed-note has it; ECDSA P-256 with
SHA-256, r‖s, for the browser's own cryptography. Refuses (BadHead) a signature that does not verify.
"""

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

HALF = 32
ED25519_TYPE = b"\x01"
P256_TYPE = b"\xffecdsa-p256-sha256-p1363"  # a type of our own: C2SP tools pass over lines they do not know


class BadHead(ValueError):
    """A head that its keys did not sign."""


class HeadSigner(Protocol):
    """Whoever holds the head's two keys: files for a demonstration, a device in a company."""

    @property
    def p256_key(self) -> bytes:
        """The public point, uncompressed, 65 octets."""

    @property
    def ed25519_key(self) -> bytes:
        """The public key, 32 octets."""

    def p256(self, text: bytes) -> bytes:
        """r‖s over the text, 64 octets."""

    def ed25519(self, text: bytes) -> bytes:
        """The signature over the text, 64 octets."""


@dataclass(frozen=True, slots=True)
class Seals:
    """Both public keys of a head and what they signed."""

    p256_key: bytes
    p256_signature: bytes
    ed25519_key: bytes
    ed25519_signature: bytes


def head_text(origin: str, size: int, root: bytes) -> str:
    """What is signed: the log's name, how many days, the root over them."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def head_sealed(text: str, signer: HeadSigner) -> Seals:
    """The text signed with both keys, and checked at once. BadHead when a device signed something else."""
    said = text.encode()
    made = Seals(signer.p256_key, signer.p256(said), signer.ed25519_key, signer.ed25519(said))
    check_seals(text, made)
    return made


def check_seals(text: str, seals: Seals) -> None:
    """BadHead unless both keys signed this text."""
    r, s = (int.from_bytes(half) for half in (seals.p256_signature[:HALF], seals.p256_signature[HALF:]))
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), seals.p256_key)
        point.verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(hashes.SHA256()))
        edwards = ed25519.Ed25519PublicKey.from_public_bytes(seals.ed25519_key)
        edwards.verify(seals.ed25519_signature, text.encode())
    except (InvalidSignature, ValueError) as error:
        raise BadHead("not signed by its keys") from error


def note_of(text: str, seals: Seals) -> str:
    """The whole note: the text, an empty line, a line a signature, each behind its key's four octets."""
    name = text.split("\n", 1)[0]
    lines = (
        (ED25519_TYPE, seals.ed25519_key, seals.ed25519_signature),
        (P256_TYPE, seals.p256_key, seals.p256_signature),
    )
    signed = [
        f"— {name} {base64.b64encode(key_hint(name, kind, key) + signature).decode()}\n"
        for kind, key, signature in lines
    ]
    return f"{text}\n{''.join(signed)}"


def key_hint(name: str, kind: bytes, key: bytes) -> bytes:
    """The four octets a key goes by in a note."""
    return sha256(name.encode() + b"\n" + kind + key).digest()[:4]
