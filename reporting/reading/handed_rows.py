"""Papers that left the house: the newest of a period, a page of them, and what a digest is the digest of.

Refuses to guess: a digest that no handed-out paper has is nobody's.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from custody.models import Fund
from reporting.models import Handout, Pack, PackFile, PaperFormat, StatementKind
from reporting.statements.named_periods import Period


@dataclass(frozen=True, slots=True)
class PaperVerdict:
    """The paper of a digest; ``replaced_at`` when a newer one of its days left, None while it is newest."""

    handout: Handout
    replaced_at: datetime | None

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.handout.from_on, self.handout.to_on)


@dataclass(frozen=True, slots=True)
class PapersOfKind:
    """The newest papers of one statement over a period, one a form; None where none was issued."""

    kind: StatementKind
    forms: tuple[tuple[PaperFormat, Handout | None], ...]

    @property
    def holds(self) -> str:
        """What the statement has in it, in a line."""
        return str(_HOLDS[self.kind])

    @property
    def newest(self) -> Handout | None:
        """The one that left last."""
        return max((each for _form, each in self.forms if each is not None), key=_number, default=None)


def papers_of(fund: Fund, period: Period) -> list[PapersOfKind]:
    """Every statement with its newest papers over these days, as known when they were issued."""
    rows = Handout.objects.filter(
        fund=fund, from_on=period.from_on, to_on=period.to_on, known_at=None
    ).select_related("document", "by")
    newest = {(row.kind, row.format): row for row in rows.order_by("pk")}
    return [
        PapersOfKind(kind, tuple((form, newest.get((kind, form))) for form in PaperFormat))
        for kind in StatementKind
    ]


def handed_out(funds: Collection[Fund], *, after: int | None = None, most: int) -> list[Handout]:
    """The newest ``most`` papers of these funds before number ``after``."""
    rows = Handout.objects.filter(fund__in=[fund.pk for fund in funds])
    if after is not None:
        rows = rows.filter(pk__lt=after)
    return list(rows.select_related("fund__estate", "document", "by").order_by("-pk")[:most])


def handout_of(fund: Fund, sha256: str) -> Handout | None:
    """The fund's handed-out paper of this digest."""
    rows = Handout.objects.select_related("fund__estate", "document", "by")
    return rows.filter(fund=fund, sha256=sha256).order_by("-pk").first()


def verdict_of(sha256: str) -> PaperVerdict | None:
    """What is known of a digest; None when no paper of it ever left."""
    rows = Handout.objects.select_related("fund__estate", "document")
    handout = rows.filter(sha256=sha256).order_by("-pk").first()
    if handout is None:
        return None
    newer = Handout.objects.filter(
        fund_id=handout.fund_id,
        from_on=handout.from_on,
        to_on=handout.to_on,
        kind=handout.kind,
        format=handout.format,
        known_at=None,
        pk__gt=handout.pk,
    )
    later = None if handout.known_at is not None else newer.order_by("-pk").first()
    return PaperVerdict(handout, later.at if later else None)


def packs_of(fund: Fund, period: Period) -> list[Pack]:
    """The signed packs of these days, newest first."""
    rows = Pack.objects.filter(fund=fund, from_on=period.from_on, to_on=period.to_on)
    return list(rows.select_related("document", "by").order_by("-edition"))


@dataclass(frozen=True, slots=True)
class PackVerdict:
    """A pack, or a file of one by its name; ``replaced`` once a later edition left."""

    pack: Pack
    name: str
    replaced: bool

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.pack.from_on, self.pack.to_on)


def pack_verdict_of(sha256: str) -> PackVerdict | None:
    """The newest pack that is, or holds, the bytes of a digest; None when none does."""
    packs = Pack.objects.select_related("fund__estate", "document")
    pack = packs.filter(sha256=sha256).order_by("-pk").first()
    name = pack.document.name if pack else ""
    if pack is None:
        held = PackFile.objects.filter(sha256=sha256).order_by("-pk").first()
        if held is None:
            return None
        pack, name = packs.get(pk=held.pack_id), held.name
    later = Pack.objects.filter(
        fund_id=pack.fund_id, from_on=pack.from_on, to_on=pack.to_on, edition__gt=pack.edition
    )
    return PackVerdict(pack, name, later.exists())


_HOLDS = {
    StatementKind.FUND: _("明细、付款依据、待确认、已计提未付、勾稽"),
    StatementKind.FEE_SPLIT: _("酬金基数与两级酬金、信托报酬、保管费"),
    StatementKind.VALUE: _("日均、存放、利息、折年收益率"),
    StatementKind.POSITION: _("资产、负债、信托权益及其变动"),
    StatementKind.SURPLUS: _("收入、费用、结余，与资金变动对照"),
    StatementKind.BUDGET: _("逐科目预算、支出、已核未付与余额，分月"),
    StatementKind.INCOME: _("逐来源应收与实收、到账途径、分月完整性"),
    StatementKind.ANNUAL: _("信托法第三十三条：管理运用、处分与收支，密钥、费用、未了事项与声明"),
    StatementKind.OWNERS: _("两页大字：收到的钱、付出的钱、还没有人认领的钱"),
    StatementKind.CITY: _("一月一行，栏目按城市平台的要求配置，可取 csv"),
}


def _number(handout: Handout) -> int:
    return handout.pk
