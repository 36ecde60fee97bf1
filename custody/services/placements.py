"""Idle cash put to work within the deed's mandate, and brought back: order, two keys, bank evidence, income.

Refuses a product the deed does not permit, more than the book has available, a cash cushion below the
liquidity floor, both keys in one hand or one organisation, money out that no released order explains, and
any release while such money stands open.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.timezone import localdate
from djmoney.money import Money

from custody import ledger
from custody.chart import BOOK_TITLES, Book
from custody.errors import Conflict, Forbidden, NotFound, Rejected
from custody.mandate import Mandate, mandate_faults
from custody.models import (
    Approval,
    ApprovalWithdrawal,
    Fund,
    FundParty,
    Key,
    Membership,
    Operator,
    Organisation,
    OrganisationKind,
    Placement,
    Role,
)
from custody.money import ZERO
from custody.selectors import deeds
from custody.services import breaks
from custody.services.evidence import lock_fund
from custody.services.placement_lines import SUBJECT, explain_line
from custody.states import PLACEMENT_MOVES, PlacementState

__all__ = ["approve", "cancel", "explain_line", "order", "release"]


@transaction.atomic
def order(
    *,
    fund: Fund,
    book: Book,
    product: str,
    principal: Money,
    annual_rate: Decimal | None,
    ordered_on: date,
    monthly_budget: Money,
    actor: Operator,
    at: datetime,
) -> Placement:
    """Ask for a placement. ``annual_rate`` 0.011 = 1.1 %, None until the bank names it; amounts in yuan.

    ``monthly_budget`` is one month of the fund's budget, which the liquidity floor multiplies.
    Rejected with every fault at once (``reasons``); Forbidden unless ``actor`` acts for the trustee.
    """
    _acting_for(fund.pk, actor, OrganisationKind.TRUSTEE, localdate(at))
    faults = []
    if annual_rate is not None and not 0 <= annual_rate <= 1:
        faults.append(f"年利率应在 0 到 1 之间,而不是 {annual_rate}")
    if ordered_on > localdate(at):
        faults.append(f"下单日期 {ordered_on} 晚于今天")
    faults += _mandate_faults(fund.pk, book, product, principal, monthly_budget, ordered_on, held=ZERO)
    _refuse(faults, fund=fund.code)
    return Placement.objects.create(
        fund=fund,
        book=str(book),
        product=product,
        principal=principal,
        annual_rate=annual_rate,
        ordered_on=ordered_on,
        ordered_by=actor,
    )


@transaction.atomic
def approve(*, placement_id: int, actor: Operator, at: datetime) -> Placement:
    """Turn the owners' committee's key on exactly this order and set the principal aside.

    The same key turned again by the same person changes nothing. Errors: Forbidden, Conflict,
    InsufficientFunds (in which case the key was not turned either).
    """
    placement = _locked(placement_id)
    content = _content(placement_id)
    if _turned_by(placement, Key.APPROVE, content) == actor.pk and placement.state == PlacementState.APPROVED:
        return placement
    _check_move(placement, PlacementState.APPROVED)
    _turn(placement, Key.APPROVE, OrganisationKind.COMMITTEE, content, actor, at)
    cash = ledger.open_account(fund_id=placement.fund_id, book=placement.book, kind="cash")
    placement.hold_id = ledger.hold(
        cash,
        placement.principal,
        key=f"placement:{placement.pk}:hold",
        reason=f"{placement.product}存放待划出",
        actor_id=actor.pk,
        at=at,
    )
    placement.state = PlacementState.APPROVED
    placement.save(update_fields=["state", "hold_id"])
    return placement


@transaction.atomic
def release(*, placement_id: int, monthly_budget: Money, actor: Operator, at: datetime) -> Placement:
    """Turn the trust company's key; mandate and liquidity floor are judged again as of now.

    Errors: Rejected with every fault, or ``break-open`` while money of the fund left without a known reason;
    Forbidden for the person who ordered or approved, or a non-holder; Conflict when the order moved on.
    """
    for fund in Fund.objects.filter(placements=placement_id):
        lock_fund(fund)
    placement = _locked(placement_id)
    content = _content(placement_id)
    if _turned_by(placement, Key.RELEASE, content) == actor.pk and placement.state == PlacementState.RELEASED:
        return placement
    _check_move(placement, PlacementState.RELEASED)
    if placement.ordered_by_id == actor.pk:
        raise Forbidden("下单的人不能放款", code="maker-is-checker", placement=placement.pk)
    breaks.refuse_release(placement.fund_id)
    _refuse(
        _mandate_faults(
            placement.fund_id,
            Book(placement.book),
            placement.product,
            placement.principal,
            monthly_budget,
            localdate(at),
            held=placement.principal,
        ),
        placement=placement.pk,
    )
    _turn(placement, Key.RELEASE, OrganisationKind.TRUSTEE, content, actor, at)
    placement.state = PlacementState.RELEASED
    placement.save(update_fields=["state"])
    return placement


@transaction.atomic
def cancel(*, placement_id: int, reason: str, actor: Operator, at: datetime) -> Placement:
    """Call an order off before money leaves: its keys are withdrawn with the reason, its hold released.

    A second call changes nothing. Forbidden unless the trustee's or the committee's; Conflict once placed.
    """
    placement = _locked(placement_id)
    if placement.state == PlacementState.CANCELLED:
        return placement
    _check_move(placement, PlacementState.CANCELLED)
    _acting_for(placement.fund_id, actor, None, localdate(at))
    for approval in _standing(placement):
        ApprovalWithdrawal.objects.create(approval=approval, operator=actor, reason=reason, withdrawn_at=at)
    if placement.hold_id is not None:
        ledger.release_hold(fund_id=placement.fund_id, hold_id=placement.hold_id, actor_id=actor.pk, at=at)
    placement.state = PlacementState.CANCELLED
    placement.save(update_fields=["state"])
    return placement


# ------------------------------------------------------------------------------------------- mandate


def _mandate_faults(
    fund_id: int,
    book: Book,
    product: str,
    principal: Money,
    monthly_budget: Money,
    on: date,
    *,
    held: Money,
) -> list[str]:
    """Every way this placement breaks the deed in force on ``on``; ``held`` is already set aside for it."""
    available = {
        each: ledger.balance_of(ledger.open_account(fund_id=fund_id, book=each, kind="cash")).available
        for each in Book
    }
    mandate = Mandate(
        permitted=deeds.permitted_placements(fund_id, on),
        floor=monthly_budget * deeds.liquidity_floor_months(fund_id, on),
        book_title=BOOK_TITLES[book],
        book_available=available[book] + held,
        fund_available=sum(available.values(), ZERO) + held,
    )
    return mandate_faults(mandate, product=product, principal=principal)


def _refuse(faults: list[str], **facts: object) -> None:
    if faults:
        raise Rejected("存放不符合信托约定", code="placement-refused", reasons=tuple(faults), **facts)


# ------------------------------------------------------------------------------------------ two keys


def _turn(
    placement: Placement, key: Key, kind: OrganisationKind, content: str, actor: Operator, at: datetime
) -> None:
    """Record one key on ``content``; the database judges it once more."""
    organisation = _acting_for(placement.fund_id, actor, kind, localdate(at), role=Role.KEYHOLDER)
    for other in _standing(placement):
        if other.key != key and (other.operator_id == actor.pk or other.organisation_id == organisation.pk):
            raise Forbidden(
                "两把密码须由不同组织的不同的人持有", code="keys-in-one-hand", placement=placement.pk
            )
    Approval.objects.create(
        fund_id=placement.fund_id,
        subject_kind=SUBJECT,
        subject_id=placement.pk,
        key=key,
        operator=actor,
        organisation=organisation,
        content_sha256=content,
        given_at=at,
    )


def _acting_for(
    fund_id: int, actor: Operator, kind: OrganisationKind | None, on: date, *, role: Role | None = None
) -> Organisation:
    """The party to this deed ``actor`` acts for on ``on``, of the kind asked (None: trustee or committee)."""
    kinds = {OrganisationKind.TRUSTEE, OrganisationKind.COMMITTEE} if kind is None else {kind}
    membership = (
        Membership.objects.filter(operator=actor, operator__is_active=True, valid_from__lte=on)
        .exclude(valid_until__lte=on)
        .select_related("organisation")
        .first()
    )
    if membership is None or membership.organisation.kind not in kinds:
        raise Forbidden(
            "此人当日不代表" + "或".join(sorted(str(each.label) for each in kinds)),
            code="not-of-that-organisation",
            operator=actor.username,
            on=on,
        )
    if role is not None and membership.role != role:
        raise Forbidden(f"此人不是{role.label}", code="not-a-keyholder", operator=actor.username)
    parties = FundParty.objects.filter(
        fund_id=fund_id, organisation=membership.organisation, valid_from__lte=on
    ).exclude(valid_until__lte=on)
    if not parties.exists():
        raise Forbidden("该组织不是本信托的当事人", code="no-party-to-the-deed", operator=actor.username)
    return membership.organisation


def _standing(placement: Placement) -> Iterator[Approval]:
    """The keys turned on this placement and not taken back."""
    return (
        Approval.objects.filter(subject_kind=SUBJECT, subject_id=placement.pk, withdrawal__isnull=True)
        .order_by("pk")
        .iterator()
    )


def _turned_by(placement: Placement, key: Key, content: str) -> int | None:
    """Who turned ``key`` on this content, if it stands."""
    on_content = (each for each in _standing(placement) if each.content_sha256 == content)
    return next((each.operator_id for each in on_content if each.key == key), None)


def _content(placement_id: int) -> str:
    """The digest both keys are bound to, as the database computes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_placement_content(%s)", (placement_id,))
        return str(cursor.fetchone()[0])


# ------------------------------------------------------------------------------------------- machine


def _locked(placement_id: int) -> Placement:
    """The placement under lock; NotFound otherwise."""
    placement = Placement.objects.select_for_update(of=("self",), no_key=True).filter(pk=placement_id).first()
    if placement is None:
        raise NotFound("没有这笔存放", placement=placement_id)
    return placement


def _check_move(placement: Placement, target: PlacementState) -> None:
    if target not in PLACEMENT_MOVES[PlacementState(placement.state)]:
        raise Conflict(
            "存放的状态已变,不能这样操作",
            code="illegal-move",
            placement=placement.pk,
            state=placement.state,
            asked=str(target),
        )
