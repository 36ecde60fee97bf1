"""A signature is good for one key and one text; a passkey's for a verified user on a page of ours."""

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from custody.kernel.errors import Rejected
from custody.vault import device
from custody.vault.checking import BadSignature, Site, check_device, check_passkey

TEXT = "trust-declaration-1\n"
SITE = Site("desk.example", frozenset({"https://desk.example"}))
PRESENT, VERIFIED = 1, 4


def assertion(key: device.DeviceKey, **other: object) -> dict[str, bytes]:
    """What a browser answers; ``other`` changes one thing an attacker would."""
    client = {
        "type": other.get("type", "webauthn.get"),
        "challenge": urlsafe_b64encode(hashlib.sha256(TEXT.encode()).digest()).rstrip(b"=").decode(),
        "origin": other.get("origin", "https://desk.example"),
        "crossOrigin": other.get("cross", False),
    }
    raw = json.dumps(client).encode()
    rp = str(other.get("rp", "desk.example")).encode()
    flags = int(str(other.get("flags", PRESENT | VERIFIED)))
    data = hashlib.sha256(rp).digest() + bytes([flags]) + bytes(4)
    signed = key.private.sign(data + hashlib.sha256(raw).digest(), ec.ECDSA(hashes.SHA256()))
    return {"signature": signed, "authenticator_data": data, "client_data": raw}


def why_not(point: bytes, said: dict[str, bytes], text: str = TEXT) -> str:
    with pytest.raises(BadSignature) as refused:
        check_passkey(point, text, site=SITE, **said)
    return refused.value.code


def test_a_device_signs_the_text_and_nothing_else() -> None:
    key, other = device.make(), device.make()
    signature = key.sign(TEXT)

    check_device(key.point, TEXT, signature)
    for point, text, given in (
        (other.point, TEXT, signature),
        (key.point, TEXT + " ", signature),
        (key.point, TEXT, signature[:-1] + bytes([signature[-1] ^ 1])),
        (key.point, TEXT, bytes(64)),
    ):
        with pytest.raises(BadSignature, match="signature-does-not-verify"):
            check_device(point, text, given)
    with pytest.raises(BadSignature, match="signature-has-64-bytes"):
        check_device(key.point, TEXT, signature + b"\0")


@pytest.mark.parametrize("point", [b"", bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_what_is_no_point_of_the_curve_verifies_nothing(point: bytes) -> None:
    with pytest.raises(BadSignature, match="not-a-public-key"):
        check_device(point, TEXT, b"\1" * 64)


def test_a_passkeys_assertion_of_the_text_is_good() -> None:
    key = device.make()

    check_passkey(key.point, TEXT, site=SITE, **assertion(key))


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"flags": PRESENT}, "user-not-verified"),
        ({"flags": VERIFIED}, "user-not-verified"),
        ({"origin": "https://desk.example.evil"}, "made-on-another-page"),
        ({"rp": "evil"}, "made-on-another-page"),
        ({"cross": True}, "made-on-another-page"),
        ({"type": "webauthn.create"}, "made-on-another-page"),
    ],
)
def test_an_assertion_made_otherwise_is_refused(other: dict[str, object], code: str) -> None:
    key = device.make()

    assert why_not(key.point, assertion(key, **other)) == code


def test_an_assertion_is_of_one_text_by_one_key() -> None:
    key = device.make()

    assert why_not(key.point, assertion(key), text=TEXT * 2) == "signed-something-else"
    assert why_not(device.make().point, assertion(key)) == "signature-does-not-verify"


@pytest.mark.parametrize("part", ["signature", "authenticator_data", "client_data"])
@pytest.mark.parametrize("junk", [b"", b"{}", b"\xff" * 40, b"[]"])
def test_junk_is_told_as_junk(part: str, junk: bytes) -> None:
    key = device.make()

    assert why_not(key.point, assertion(key) | {part: junk}) in {"not-an-assertion", "made-on-another-page"}


HEAD = hashlib.sha256(b"desk.example").digest()


@pytest.mark.parametrize(
    "part",
    [
        {"client_data": b"[" * 200_000},
        {"client_data": b'{"type": "webauthn.get", "challenge": "AA", "origin": []}'},
        {"authenticator_data": HEAD + b"\x85" + bytes(4) + b"\x81" * 200_000},
        {"authenticator_data": HEAD + b"\x45" + bytes(4) + bytes(16) + b"\0\0\x80"},
        {"authenticator_data": HEAD + b"\x85" + bytes(4) + b"\x18"},
    ],
)
def test_bytes_made_to_break_a_parser_are_junk_too(part: dict[str, bytes]) -> None:
    """A vault they stopped would meet them again at its next start, and answer nobody after."""
    key = device.make()

    assert why_not(key.point, assertion(key) | part) == "not-an-assertion"


def test_a_key_file_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    key, path = device.make(), tmp_path / "zhang.pem"
    device.save(key, path, "correct horse")

    assert device.load(path, "correct horse").point == key.point
    assert path.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in path.read_bytes()
    for wrong in ("", "correct hors"):
        with pytest.raises(Rejected, match=r"zhang\.pem"):
            device.load(path, wrong)
    with pytest.raises(FileExistsError):
        device.save(key, path, "correct horse")
    with pytest.raises(Rejected, match="8"):
        device.save(key, tmp_path / "other.pem", "short")


def test_a_file_of_another_kind_is_no_key_file(tmp_path: Path) -> None:
    junk, foreign = tmp_path / "junk.pem", tmp_path / "rsa.pem"
    junk.write_bytes(b"\xff\0 nothing")
    foreign.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"correct horse"),
        )
    )

    for path in (junk, foreign):
        with pytest.raises(Rejected, match=path.name):
            device.load(path, "correct horse")
