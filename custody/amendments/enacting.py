"""A proposed change becomes fact: two keys on the whole workbook, then each row once, exactly as it says.

Refuses what came too late meanwhile (a closed period, fees that are computed), the person who proposed it as
a keyholder, and taking back a key once the facts stand. The database refuses all of it again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody import keys
from custody.deeds.funds import lock_fund
from custody.kernel.errors import Conflict, NotFound, Rejected
from custody.models import Amendment, AmendmentRow, Fund, Key, Operator
from custody.permits.acts import Act
from custody.permits.asking import ask

AMENDMENT = "amendment"
keys.register_subject(AMENDMENT, "SELECT custody_amendment_content(%s)")

Facts = Mapping[str, Any]
Objection = Callable[[Fund, Facts], str]


@dataclass(frozen=True, slots=True)
class Enacting:
    """How rows of one kind become facts, why one cannot (empty when it can), and how it reads."""

    make: Callable[[Sequence[AmendmentRow]], object]
    objection: Objection
    reads: Callable[[Facts], str]


_kinds: dict[str, Enacting] = {}
_objections: dict[str, list[Objection]] = {}


def register_kind(kind: str, enacting: Enacting) -> None:
    """Say how a kind of change is enacted. For AppConfig.ready; a second call changes nothing."""
    _kinds[kind] = enacting


def register_objection(kind: str, objection: Objection) -> None:
    """Ask an upper room too whether a row of this kind comes too late. As ``register_kind``."""
    if objection not in _objections.setdefault(kind, []):
        _objections[kind].append(objection)


def made_as(model: type[models.Model]) -> Callable[[Sequence[AmendmentRow]], object]:
    """The usual way: the columns of each row are a fact's; what is no column says how the row came about."""
    columns = {each.attname for each in model._meta.concrete_fields}

    def make(rows: Sequence[AmendmentRow]) -> object:
        return model._default_manager.bulk_create(
            model(enacts=row, **{name: value for name, value in row.facts.items() if name in columns})
            for row in rows
        )

    return make


def objection_to(kind: str, fund: Fund, facts: Facts) -> str:
    """Why a row of this kind cannot become fact now, in a sentence; empty when it can."""
    asked = (_kinds[kind].objection, *_objections.get(kind, ()))
    return next((sentence for each in asked if (sentence := each(fund, facts))), "")


def row_told(kind: str, facts: Facts) -> str:
    """What a row changes, for whoever turns a key on it."""
    return _kinds[kind].reads(facts)


def in_force(amendment: Amendment) -> bool:
    """Whether both keys stand on it: then its rows are facts, made in the same breath."""
    return all(keys.stands(AMENDMENT, amendment.pk, which) for which in keys.HELD_BY)


@transaction.atomic
def turn_amendment_key(*, amendment_id: int, which: Key, actor: Operator, at: datetime) -> bool:
    """Turn one of the two keys; answers whether the change is in force. Turned twice it changes nothing.

    Errors: NotFound, Forbidden, Conflict (it came too late; nothing is written, the key included).
    """
    amendment = _known(amendment_id)
    lock_fund(amendment.fund)
    stood = in_force(amendment)
    if not stood:
        _refuse_late(amendment)
    keys.turn(
        kind=AMENDMENT,
        subject_id=amendment.pk,
        fund_id=amendment.fund_id,
        which=which,
        actor=actor,
        at=at,
        maker_id=amendment.proposed_by_id,
    )
    if not in_force(amendment):
        return False
    if not stood:
        _kinds[amendment.kind].make(list(amendment.rows.order_by("row")))
    return True


@transaction.atomic
def withdraw_amendment_key(*, amendment_id: int, actor: Operator, reason: str, at: datetime) -> int:
    """Take back the key of the actor's organisation before the second is turned; answers how many.

    Errors: NotFound, Forbidden, Rejected (no reason), Conflict (in force: another change undoes it).
    """
    amendment = _known(amendment_id)
    lock_fund(amendment.fund)
    organisation = ask(Act.WITHDRAW_KEY, fund_id=amendment.fund_id, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    if in_force(amendment):
        raise Conflict(
            _("变更 %(amendment)s 已生效，密码不能撤回；请另行登记新的变更"),
            code="amendment-in-force",
            amendment=amendment.pk,
        )
    own = {which for which, kind in keys.HELD_BY.items() if kind == organisation.kind}
    return keys.withdraw_all(
        kind=AMENDMENT, subject_id=amendment.pk, keys=own, actor=actor, at=at, reason=reason
    )


def closed_day(fund: Fund) -> Any:
    """The last closed day, or None; the fund's periods stay as they are until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custody_closed_through(%s)", (fund.pk,))
        return cursor.fetchone()[0]


def _known(amendment_id: int) -> Amendment:
    amendment = Amendment.objects.select_related("fund").filter(pk=amendment_id).first()
    if amendment is None:
        raise NotFound(_("没有编号为 %(amendment)s 的变更"), amendment=amendment_id)
    return amendment


def _refuse_late(amendment: Amendment) -> None:
    for row in amendment.rows.order_by("row"):
        why = objection_to(amendment.kind, amendment.fund, row.facts)
        if why:
            raise Conflict(
                _("变更 %(amendment)s 第 %(row)s 行已不能生效：%(why)s"),
                code="amendment-too-late",
                amendment=amendment.pk,
                row=row.row,
                why=why,
            )
