"""A seal whose key is a file: RSA-3072 under a root of the company's own, made for demonstrations.

A company has its device or HSM behind ``Signer`` instead. Refuses a folder that is there already, one that
lacks a file, and a key file that others can read.
"""

import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _

from custody.kernel.errors import Rejected
from reporting.transparency.log_keys import write_secret

KEY_FILE, SEAL_FILE, ROOT_FILE = "seal.pem", "seal.crt", "root.crt"
KEY_BITS = 3072
ROOT_YEARS = 30
SEAL_YEARS = 20


@dataclass(frozen=True, slots=True)
class FileSeal:
    """A ``Signer`` with its key in this process's memory."""

    private: rsa.RSAPrivateKey
    certificates: tuple[bytes, ...]

    @property
    def signature_octets(self) -> int:
        """As long as its modulus."""
        return self.private.key_size // 8

    def sign_raw(self, octets: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        return self.private.sign(octets, padding.PKCS1v15(), hashes.SHA256())


def make_seal(folder: Path, *, company: str, at: datetime) -> FileSeal:
    """A seal from ``at`` on under a root whose key is thrown away, in a new folder. OSError."""
    folder.mkdir(mode=0o700, parents=True)
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS) for _which in "rs")
    root = _certificate(root_key, f"{company} 根证书", root_key, f"{company} 根证书", at=at, root=True)
    seal = _certificate(key, f"{company} 文件签章", root_key, f"{company} 根证书", at=at, root=False)
    pem = serialization.Encoding.PEM
    write_secret(
        folder / KEY_FILE,
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
    for name, each in ((SEAL_FILE, seal), (ROOT_FILE, root)):
        (folder / name).write_bytes(each.public_bytes(pem))
    return seal_in(folder)


def _certificate(
    key: rsa.RSAPrivateKey, name: str, by: rsa.RSAPrivateKey, by_name: str, *, at: datetime, root: bool
) -> x509.Certificate:
    def named(title: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])

    begins = at.astimezone(UTC) - timedelta(days=1)
    years = ROOT_YEARS if root else SEAL_YEARS
    usage = x509.KeyUsage(
        digital_signature=not root, content_commitment=not root, key_cert_sign=root, crl_sign=root,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(by_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=366 * years))
        .add_extension(x509.BasicConstraints(ca=root, path_length=0 if root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    return made.sign(by, hashes.SHA256())


def seal_in(folder: Path) -> FileSeal:
    """The seal of this folder. Errors: Rejected, naming the file."""
    place = folder / KEY_FILE
    try:
        if stat.S_IMODE(place.stat().st_mode) & 0o077:
            raise Rejected(
                _("%(file)s 别人也能读；请只留所有者的权限（chmod 600）"), code="key-file-open", file=place
            )
        private = serialization.load_pem_private_key(place.read_bytes(), None)
        found = [
            x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in (SEAL_FILE, ROOT_FILE)
        ]
    except (OSError, ValueError, TypeError) as error:
        raise _no_seal(folder) from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise _no_seal(folder)
    return FileSeal(private, tuple(each.public_bytes(serialization.Encoding.DER) for each in found))


def _no_seal(folder: Path) -> Rejected:
    return Rejected(
        _("%(folder)s 里没有可用的签章；请用 make_seal 制作，或指明 --seal"),
        code="key-file-unreadable",
        folder=folder,
    )
