"""What a page was handed: bytes as scripts send them, files as forms do.

Refuses (ValueError) what is no base64url of ASCII, and (Rejected) a file that is empty or too large.
"""

import base64
import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from custody.files.intake import Handed
from custody.files.limits import SIZE_BYTES_MAX
from custody.kernel.errors import Rejected

MAX_CHARACTERS = 16_384


def in_base64url(text: str) -> bytes:
    """The bytes of unpadded base64url (RFC 4648 §5). ValueError for anything else."""
    if len(text) > MAX_CHARACTERS or not re.fullmatch("[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def handed_file(request: HttpRequest, field: str) -> Handed | None:
    """The file of a form's field, its bytes read whole; None when none was chosen.

    Errors: Rejected for an empty one, or one larger than the house takes in.
    """
    upload = request.FILES.get(field)
    if upload is None:
        return None
    size, name = upload.size or 0, str(upload.name)
    if size > SIZE_BYTES_MAX:
        raise Rejected(
            _("文件「%(name)s」有 %(size)s 字节，最多 %(most)s 字节"), code="file-too-large", name=name,
            size=size, most=SIZE_BYTES_MAX, field=field,
        )  # fmt: skip
    content = upload.read()
    if not content:
        raise Rejected(_("文件「%(name)s」是空的"), code="file-empty", name=name, field=field)
    return Handed(name, content)
