"""Seals papers and lists: PAdES B-B on a PDF, detached CMS on anything, by whoever holds a ``Signer``'s key.

The same octets under the same key give the same signature: no clock, no chance. What was sealed stays as it
was: a sealed PDF begins with the PDF it seals, octet by octet. Needs no network.
"""

import asyncio
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any, Protocol

from asn1crypto import algos, x509
from pyhanko.pdf_utils.generic import ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "seal"
FILE_ID_OCTETS = 16


class Signer(Protocol):
    """Whoever holds the seal's key: a file for a demonstration, a company's device or HSM otherwise."""

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The seal's own certificate and those above it, the root last; DER."""

    @property
    def signature_octets(self) -> int:
        """How long a signature is."""

    def sign_raw(self, octets: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256 over the octets."""


class _Held(signers.Signer):
    """pyHanko's view of a ``Signer``."""

    def __init__(self, signer: Signer) -> None:
        own, *above = (x509.Certificate.load(each) for each in signer.certificates)
        super().__init__(
            signing_cert=own,
            cert_registry=SimpleCertificateStore.from_certs(above),  # type: ignore[no-untyped-call]
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            embed_roots=True,
        )
        self._signer = signer

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002
        """The signature, or as many octets while the place for it is measured."""
        return bytes(self._signer.signature_octets) if dry_run else self._signer.sign_raw(data)


class _Quiet(IncrementalPdfFileWriter):
    """Adds the seal and leaves the document's own description as the typesetter wrote it."""

    def _update_meta(self) -> None:
        """Not touched: a date of change would make two sealings differ, and PDF/A would read it anew."""


class _Dated(PdfSigner):
    """Names one day, whatever the machine's clock says."""

    def __init__(self, signer: Signer, at: datetime) -> None:
        says = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        super().__init__(says, _Held(signer))
        self._at = at

    def init_signing_session(self, *args: Any, **options: Any) -> Any:
        """As pyHanko's, on that day."""
        session = super().init_signing_session(*args, **options)
        session.system_time = self._at
        return session


def sealed_pdf(pdf: bytes, signer: Signer, *, at: datetime) -> bytes:
    """The PDF with a seal that permits no change after it; ``at`` is the day the seal names."""
    writer = _Quiet(BytesIO(pdf))
    writer._document_id[1] = ByteStringObject(sha256(pdf).digest()[:FILE_ID_OCTETS])
    out = BytesIO()
    _Dated(signer, at).sign_pdf(writer, output=out)
    return out.getvalue()


def sealed_content(content: bytes, signer: Signer) -> bytes:
    """Detached CMS over the content, DER: ``openssl cms -verify -binary -inform DER -content …``."""
    made = asyncio.run(
        _Held(signer).async_sign_general_data(content, "sha256", detached=True, use_cades=False)
    )
    octets: bytes = made.dump()
    return octets
