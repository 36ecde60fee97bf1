"""What a console says of a publication, and how it is asked for one."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from custody.kernel.words import told
from reporting.disclosure.publishing import Edition
from reporting.models import PublicationKind
from reporting.statements.named_periods import Period, period_named


def month_named(text: str) -> date:
    """The first day of a month written YYYY-MM."""
    return _asked(text, 1, _("月份写作 YYYY-MM，而不是 %(text)s"))


def quarter_named(text: str) -> date:
    """The first day of a quarter written YYYYQn."""
    return _asked(text, 3, _("季度写作 YYYYQn，而不是 %(text)s"))


def edition_told(edition: Edition) -> Iterator[str]:
    """Which edition it is, its digest, and each change against the one before."""
    row = edition.publication
    kind = PublicationKind(row.kind).label
    period = Period(row.from_on, row.to_on).title
    if not edition.new:
        said = _("%(period)s%(kind)s早已公布（第 %(edition)s 版），无变化")
        yield told(said, period=period, kind=kind, edition=row.edition)
        return
    said = _("已公布%(period)s%(kind)s第 %(edition)s 版，分录 %(count)s 笔，指纹 %(digest)s")
    yield told(said, period=period, kind=kind, edition=row.edition, count=row.says["entries"][0],
               digest=row.sha256[:16])  # fmt: skip
    for words, was, now in row.changed:
        yield f"  {words}：{was or '—'} → {now}"


def _asked(text: str, months: int, wrong: str) -> date:
    try:
        period = period_named(text)
    except ValueError:
        raise ArgumentTypeError(told(wrong, text=text)) from None
    if period.months != months:
        raise ArgumentTypeError(told(wrong, text=text))
    return period.from_on
