"""Whether a signature was made with this key over this declaration: ECDSA on P-256 with SHA-256 (FIPS 186-5).

Two methods, one answer. A device key signs the text itself, r‖s (IEEE P1363, as SubtleCrypto gives it). A
passkey signs as WebAuthn Level 2 §7.2 has it: its challenge is the SHA-256 of the text, and the user was
verified. Refuses with BadSignature, whose code says why; reads no table.
"""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from fido2.webauthn import AuthenticatorData, CollectedClientData

HALF = 32
_SCHEME = ec.ECDSA(hashes.SHA256())


class BadSignature(Exception):
    """``code`` is what the vault puts on record."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are made: the relying party and the origins its pages are served from."""

    rp_id: str
    origins: frozenset[str]


def point_of(raw: bytes) -> ec.EllipticCurvePublicKey:
    """The public key of an uncompressed SEC 1 point, 65 bytes. BadSignature when it lies on no P-256."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise BadSignature("not-a-public-key") from error


def check_device(point: bytes, text: str, signature: bytes) -> None:
    """BadSignature unless ``signature`` (r‖s) is this key's over the text."""
    if len(signature) != 2 * HALF:
        raise BadSignature("signature-has-64-bytes")
    both = (int.from_bytes(signature[:HALF]), int.from_bytes(signature[HALF:]))
    _verify(point, encode_dss_signature(*both), text.encode("ascii"))


def check_passkey(
    point: bytes, text: str, signature: bytes, *, authenticator_data: bytes, client_data: bytes, site: Site
) -> None:
    """BadSignature unless this is the key's assertion of the text, by a verified user on a page of ours."""
    client, authenticator = _assertion(authenticator_data, client_data, signature)
    if (
        client.type != CollectedClientData.TYPE.GET
        or client.cross_origin
        or client.origin not in site.origins
    ):
        raise BadSignature("made-on-another-page")
    if client.challenge != hashlib.sha256(text.encode("ascii")).digest():
        raise BadSignature("signed-something-else")
    if authenticator.rp_id_hash != hashlib.sha256(site.rp_id.encode()).digest():
        raise BadSignature("made-on-another-page")
    if not (authenticator.is_user_present() and authenticator.is_user_verified()):
        raise BadSignature("user-not-verified")
    _verify(point, signature, authenticator_data + client.hash)


def _assertion(
    authenticator_data: bytes, client_data: bytes, signature: bytes
) -> tuple[CollectedClientData, AuthenticatorData]:
    """The parts of a passkey's answer. BadSignature for whatever else was handed in.

    Nothing is verified yet, and what a parser of JSON and CBOR may raise over a stranger's bytes is no list
    of ours (nested too deep, for one): none of it may stop the vault, which would meet the same bytes again.
    """
    try:
        client = CollectedClientData(client_data)
        authenticator = AuthenticatorData(authenticator_data)
        decode_dss_signature(signature)
        hash(client.origin)
    except Exception as error:
        raise BadSignature("not-an-assertion") from error
    return client, authenticator


def _verify(point: bytes, signature: bytes, message: bytes) -> None:
    try:
        point_of(point).verify(signature, message, _SCHEME)
    except InvalidSignature as error:
        raise BadSignature("signature-does-not-verify") from error
