"""What owners were shown: a month's accounts or a quarter's notice, frozen as it was published, for good.

Refuses to be rewritten, to leave an entry of its month out, to name an amount that is not the journal's,
and to hold anything back on fewer than two keys: the database holds it. A correction is a new edition.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.models import Fund, Operator
from reporting.models.handouts import Handout, StatementKind


class PublicationKind(models.TextChoices):
    """A month on the owners' pages, or a quarter on the notice board."""

    MONTH = "month", _("月度账目")
    BOARD = "board", _("季度公示")


class Withheld(models.TextChoices):
    """What may be held back: the particulars of an entry, or a paper. Never an amount or a day."""

    ENTRY = "entry", _("分录")
    DOCUMENT = "document", _("文件")


class Withholding(models.Model):
    """That an entry's particulars (by sequence) or a paper (by SHA-256) stay unpublished, and why.

    In force once both keys of the fund stood on it (``Approval.subject_kind = 'withholding'``); the reason is
    published in its place (业主监督权, 民法典 943).
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="withholdings")
    what = models.CharField(max_length=8, choices=Withheld.choices)
    number = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    proposed_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "what", "number"], name="withheld_once"),
            models.CheckConstraint(
                condition=models.Q(what="entry", number__regex=r"^[1-9][0-9]{0,9}$")
                | models.Q(what="document", number__regex=r"^[0-9a-f]{64}$"),
                name="withheld_by_its_number",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="withheld_for_a_reason"),
        ]


class Publication(models.Model):
    """One edition of what owners see of days ``from_on`` to ``to_on``.

    ``known_at`` and ``sequence``: the journal as it is frozen here; ``chain`` its head there in hex, never
    shown. ``says``: the page's figures and words, amounts as text. ``sha256``: of ``says`` and all its
    entries (``reporting.disclosure.digests``). ``changed``: against the edition before, [words, was, now].
    ``posted_from`` to ``posted_to``: a board's days on the wall.
    """

    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="publications")
    kind = models.CharField(max_length=8, choices=PublicationKind.choices)
    from_on = models.DateField()
    to_on = models.DateField()
    edition = models.PositiveSmallIntegerField()
    known_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    says = models.JSONField()
    changed = models.JSONField(default=list)
    posted_from = models.DateField(null=True, blank=True)
    posted_to = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fund", "kind", "to_on", "edition"], name="edition_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=PublicationKind.values), name="publication_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__gte=models.F("from_on")), name="publication_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="month", posted_from__isnull=True, posted_to__isnull=True)
                | models.Q(kind="board", posted_to__gt=models.F("posted_from")),
                name="a_board_is_posted",
            ),
        ]
        indexes = [models.Index(fields=["fund", "kind", "-to_on", "-edition"], name="publication_newest")]


class PublishedEntry(models.Model):
    """One entry of a month as owners see it: ``shows`` is its page, names and numbers covered.

    ``amount``: what it did to the trust's funds, yuan, minus for what was paid. ``withheld``: why its
    particulars are not in ``shows``.
    """

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="entries")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    withheld = models.ForeignKey(
        Withholding, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    shows = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "sequence"], name="published_entry_once")
        ]
        indexes = [models.Index(fields=["fund", "sequence"], name="published_entry_by_number")]


class PublishedDocument(models.Model):
    """One paper behind a month's entries, as it is described to owners: its bytes stay in the archive."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="documents")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    withheld = models.ForeignKey(
        Withholding, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    shows = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "sha256"], name="published_document_once")
        ]
        indexes = [models.Index(fields=["fund", "sha256"], name="published_document_by_digest")]


class PublishedPaper(models.Model):
    """A statement of a published month in the owners' edition: ``sheets`` its page, ``handout`` its file."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="papers")
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=StatementKind.choices)
    handout = models.ForeignKey(Handout, on_delete=models.PROTECT, related_name="+")
    sheets = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "kind"], name="published_paper_once")]
