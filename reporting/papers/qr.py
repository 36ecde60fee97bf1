"""QR codes of our addresses, at level Q: a fifth of one may be blotted and it is read all the same."""

import io

import segno

QUIET_MODULES = 4


def qr_bytes(address: str, *, css_class: str | None = None) -> bytes:
    """The code as SVG, black on white: no style of its own and no size, as CSP and typesetter ask."""
    out = io.BytesIO()
    segno.make_qr(address, error="q", boost_error=False).save(
        out, kind="svg", border=QUIET_MODULES, xmldecl=css_class is None, omitsize=True, nl=False,
        svgclass=css_class, lineclass=None, dark="#000", light="#fff" if css_class is None else None,
    )  # fmt: skip
    return out.getvalue()
