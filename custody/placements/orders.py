"""Idle cash put to work within the deed's mandate, and brought back: order, two keys, bank evidence, income.

Refuses a product the deed does not permit, more than the book has available, a cash cushion below the
liquidity floor, both keys in one hand or one organisation, money out that no released order explains, and
any release while such money stands open.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from djmoney.money import Money

from custody import keys
from custody.deeds import terms
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, KeyReused, NotFound, Rejected
from custody.kernel.money import ZERO
from custody.kernel.words import told
from custody.ledger import door, reads, references, restores
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import Fund, Key, Operator, Placement
from custody.money_in import breaks
from custody.permits.acts import Act
from custody.permits.asking import ask
from custody.placements.lines import explain_line
from custody.placements.mandate import Mandate, mandate_faults
from custody.placements.states import PLACEMENT_MOVES, PlacementState

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
    key: str,
    actor: Operator,
    at: datetime,
) -> Placement:
    """Ask for a placement. ``annual_rate`` 0.011 = 1.1 %, None until the bank names it; amounts in yuan.

    ``monthly_budget`` is one month of the fund's budget, which the liquidity floor multiplies. The same
    ``key`` and order answers the first one. Rejected with every fault at once (``reasons``); Forbidden unless
    ``actor`` acts for the trustee; KeyReused for another order under the key.
    """
    ask(Act.ORDER_PLACEMENT, fund_id=fund.pk, actor=actor, on=localdate(at))
    lock_fund(fund)
    known = Placement.objects.filter(fund=fund, order_key=key).first()
    if known is not None:
        return _same_order(known, book, product, principal, annual_rate, ordered_on)
    faults = []
    if annual_rate is not None and not 0 <= annual_rate <= 1:
        faults.append(told(_("年利率应在 0 到 1 之间，而不是 %(rate)s"), rate=annual_rate))
    if ordered_on > localdate(at):
        faults.append(told(_("下单日期 %(on)s 晚于今天"), on=ordered_on))
    faults += _mandate_faults(fund.pk, book, product, principal, monthly_budget, ordered_on, held=ZERO)
    _refuse(faults, fund=fund.code)
    return Placement.objects.create(
        fund=fund,
        order_key=key,
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
    if _turned_by(placement, Key.APPROVE) == actor.pk and placement.state == PlacementState.APPROVED:
        return placement
    _check_move(placement, PlacementState.APPROVED)
    _turn(placement, Key.APPROVE, actor, at)
    cash = door.open_account(fund_id=placement.fund_id, book=placement.book, kind="cash")
    placement.hold_id = door.hold(
        cash,
        placement.principal,
        key=references.cite(references.PLACEMENT, placement.order_key, "hold"),
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
    if _turned_by(placement, Key.RELEASE) == actor.pk and placement.state == PlacementState.RELEASED:
        return placement
    _check_move(placement, PlacementState.RELEASED)
    breaks.refuse_release(placement.fund_id)
    restores.refuse_shut(placement.fund_id)
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
    _turn(placement, Key.RELEASE, actor, at)
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
    ask(Act.CANCEL_PLACEMENT, fund_id=placement.fund_id, actor=actor, on=localdate(at))
    keys.withdraw_all(
        kind=keys.PLACEMENT, subject_id=placement.pk, keys=set(Key), actor=actor, at=at, reason=reason
    )
    if placement.hold_id is not None:
        door.release_hold(fund_id=placement.fund_id, hold_id=placement.hold_id, actor_id=actor.pk, at=at)
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
    available = {each: reads.balance_or_nothing(fund_id, book=each, kind="cash").available for each in Book}
    mandate = Mandate(
        permitted=terms.permitted_placements(fund_id, on),
        floor=monthly_budget * terms.liquidity_floor_months(fund_id, on),
        book_title=BOOK_TITLES[book],
        book_available=available[book] + held,
        fund_available=sum(available.values(), ZERO) + held,
    )
    return mandate_faults(mandate, product=product, principal=principal)


def _same_order(
    known: Placement,
    book: Book,
    product: str,
    principal: Money,
    annual_rate: Decimal | None,
    ordered_on: date,
) -> Placement:
    """The order the key already made; KeyReused naming the first field that differs."""
    fields = {
        "book": (known.book, str(book)),
        "product": (known.product, product),
        "principal": (known.principal, principal),
        "annual_rate": (known.annual_rate, annual_rate),
        "ordered_on": (known.ordered_on, ordered_on),
    }
    for name, (recorded, asked) in fields.items():
        if recorded != asked:
            raise KeyReused(str(door.REUSED), key=known.order_key, field=name, recorded=recorded, asked=asked)
    return known


def _refuse(faults: list[str], **facts: object) -> None:
    if faults:
        raise Rejected(
            _("存放不符合信托约定：%(reasons)s"), code="placement-refused", reasons=tuple(faults), **facts
        )


# ------------------------------------------------------------------------------------------ two keys


def _turn(placement: Placement, which: Key, actor: Operator, at: datetime) -> None:
    """Turn one key on the order as it stands; who ordered it turns none."""
    keys.turn(
        kind=keys.PLACEMENT,
        subject_id=placement.pk,
        fund_id=placement.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=placement.ordered_by_id,
    )


def _turned_by(placement: Placement, which: Key) -> int | None:
    """Who turned ``which`` on the present content, if it stands."""
    content = keys.content_digest_of(keys.PLACEMENT, placement.pk)
    standing = keys.standing(keys.PLACEMENT, placement.pk)
    on_content = (each for each in standing if each.content_sha256 == content and each.key == which)
    return next((each.operator_id for each in on_content), None)


# ------------------------------------------------------------------------------------------- machine


def _locked(placement_id: int) -> Placement:
    """The placement under lock; NotFound otherwise."""
    placement = Placement.objects.select_for_update(of=("self",), no_key=True).filter(pk=placement_id).first()
    if placement is None:
        raise NotFound(_("没有编号为 %(placement)s 的存放"), placement=placement_id)
    return placement


def _check_move(placement: Placement, target: PlacementState) -> None:
    if target not in PLACEMENT_MOVES[PlacementState(placement.state)]:
        raise Conflict(
            _("存放的状态已变为%(state)s，不能这样操作"),
            code="illegal-move",
            placement=placement.pk,
            state=PlacementState(placement.state),
            asked=str(target),
        )
