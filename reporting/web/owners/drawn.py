"""The QR code to an owners' page as an element of a page, and the address it leads to in words."""

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from reporting.papers.qr import qr_bytes


def site_address(path: str) -> str:
    """The address as people type it, with the site in front."""
    return f"{settings.SITE}{path}"


def qr_svg(address: str) -> SafeString:
    """The code, read aloud by the label beside it."""
    return mark_safe(qr_bytes(address, css_class="code").decode())  # noqa: S308 - drawn here, of our own address
