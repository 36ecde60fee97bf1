"""Signatures on a public key that is proposed: called by the proposal's number, shown whole.

Nobody turns a key on it: the vault's mark on the signature is all, and the vault enrols by the second of two
people. Refuses a signature that bears no mark.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody import keys
from custody.kernel.errors import Forbidden, NotFound
from custody.models import KeyEnrolment, Method, OrganisationKind, SignedSubject
from custody.queue.keyed_subjects import Hand, Shown, Subject, register


def register_enrolment() -> None:
    """Make the kind known, once the house starts."""
    register(
        Subject(keys.ENROLMENT, gettext_lazy("密钥登记"), enrolment_numbered, _enrolment, enrolment_signed)
    )


def enrolment_numbered(fund_id: int, number: str) -> int:
    """The proposed key of this number, of a party to the fund. NotFound."""
    plain = number if number.isascii() and number.isdigit() and len(number) < 19 else "0"
    row = KeyEnrolment.objects.filter(pk=int(plain), organisation__funds__fund_id=fund_id).first()
    if row is None:
        raise NotFound(_("没有编号为 %(number)s 的密钥登记"), number=number)
    return row.pk


def enrolment_signed(hand: Hand) -> None:
    """Forbidden unless the vault marked this person's signature on the proposal as it stands."""
    marked = SignedSubject.objects.filter(
        subject_kind=keys.ENROLMENT,
        subject_id=hand.subject_id,
        operator=hand.person,
        content_sha256=keys.content_digest_of(keys.ENROLMENT, hand.subject_id),
    )
    if not marked.exists():
        raise Forbidden(
            _("%(operator)s 还没有用自己的密钥签署这一登记"), code="key-not-signed",
            operator=hand.person.username,
        )  # fmt: skip


def _enrolment(enrolment_id: int) -> Shown:
    row = KeyEnrolment.objects.select_related("operator", "organisation", "proposed_by").get(pk=enrolment_id)
    kind = OrganisationKind(row.organisation.kind).label
    return [
        (_("编号"), str(row.pk)),
        (_("用户名"), row.operator.username),
        (_("姓名"), row.operator.full_name),
        (_("代表"), f"{row.organisation.name}（{kind}）"),
        (_("方式"), str(Method(row.method).label)),
        (_("公钥"), bytes(row.point).hex()),
        (_("提议人"), row.proposed_by.username),
    ]
