"""After a restore: what the outbox knows and the database does not is taken in again, paid by nobody twice.

Refuses files that this house did not write, and orders without two standing keys on exactly what was filed:
a key that the restore took back is turned again by its people. Until a keyholder of the trust company has
reopened the fund, nothing of it is filed, sent or placed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from custody.deeds.funds import lock_fund
from custody.files.outcomes import Outcome
from custody.kernel.errors import Conflict, DomainError, NotFound, Rejected
from custody.ledger import restores
from custody.ledger.proof import verify_fund
from custody.models import Fund, Operator, Payback
from custody.money_in.bank_statements import import_statements
from custody.money_in.coverage import missing_days
from custody.money_in.paybacks import OVER
from custody.money_in.recording import reconsider_lines
from custody.permits.acts import Act
from custody.permits.asking import ask
from settlement.decisions import payees
from settlement.decisions.release import refuse_void_keys
from settlement.models import PaymentBatch, Settlement
from settlement.moves import advance, locked
from settlement.payments import filing, paying_back, sending
from settlement.payments.gateways.filed import read_filed
from settlement.payments.gateways.pain001 import Batch, Transfer, render
from settlement.payments.rendering import UNNAMED, named, party, payback_transfer, transfer
from settlement.states import TITLES, State
from settlement.tasks import send_payment_batch


@dataclass(frozen=True, slots=True)
class Adoption:
    """Files taken in, files left with what each waits for, what statements came to, days still missing."""

    adopted: tuple[str, ...]
    left: tuple[tuple[str, str], ...]
    statements: Outcome | None
    missing: tuple[date, date] | None


def adopt_after_restore(
    *, fund: Fund, paths: Sequence[Path], actor: Operator, at: datetime, dry_run: bool = False
) -> Adoption:
    """Shut the fund, rebuild orders from its files in the outbox, take in statements, ask about open lines.

    May be called again as often as keys are turned or statements come. Errors: Forbidden; Refused as an
    import of statements is, the orders adopted before it staying so.
    """
    ask(Act.ADOPT_AFTER_RESTORE, fund_id=fund.pk, actor=actor, on=localdate(at))
    with transaction.atomic():
        lock_fund(fund)
        restores.note_restore(fund_id=fund.pk, actor_id=actor.pk)
        adopted, left = _adopt_files(fund, actor, at)
        transaction.set_rollback(dry_run)
    statements = None
    if paths:
        statements = import_statements(fund=fund, paths=paths, actor=actor, at=at, dry_run=dry_run)
    if not dry_run:
        reconsider_lines(fund=fund, actor=actor, at=at)
    missing = missing_days(fund, through=localdate(at) - timedelta(days=1))
    return Adoption(tuple(adopted), tuple(left), statements, missing)


def reopen_after_restore(
    *, fund: Fund, reason: str, actor: Operator, at: datetime, quiet_days: bool = False
) -> None:
    """Let payments of the fund go on: every file known, statements up to yesterday, the journal proved.

    ``quiet_days``: the keyholder knows from the bank that the missing days hold nothing. Errors: Forbidden;
    Conflict (nothing waits, ``outbox-knows-more``); Rejected (no reason, ``statements-missing``,
    ``ledger-broken``).
    """
    ask(Act.REOPEN_AFTER_RESTORE, fund_id=fund.pk, actor=actor, on=localdate(at))
    if not reason.strip():
        raise Rejected(_("请说明理由"), code="reason-missing")
    findings = verify_fund(fund.pk)
    if findings:
        raise Rejected(
            _("账本未通过验证，不能重新开放：%(first)s"), code="ledger-broken", first=str(findings[0])
        )
    with transaction.atomic():
        lock_fund(fund)
        found = restores.waiting_restore(fund.pk)
        if found is None:
            raise Conflict(_("本信托没有等待重新开放的恢复"), code="no-restore-open")
        sending.refuse_strangers(fund)
        missing = missing_days(fund, through=localdate(at) - timedelta(days=1))
        if missing is not None and not quiet_days:
            raise Rejected(
                _("缺 %(first)s 至 %(last)s 的银行流水，导入之后才能重新开放"),
                code="statements-missing",
                first=missing[0],
                last=missing[1],
            )
        restores.end_restore(restore_id=found.pk, actor_id=actor.pk, reason=reason)


def _adopt_files(fund: Fund, actor: Operator, at: datetime) -> tuple[list[str], list[tuple[str, str]]]:
    """Each strange file in the order of filing: adopted, or left with the sentence of what it waits for."""
    adopted: list[str] = []
    left: list[tuple[str, str]] = []
    filed: list[tuple[Batch, bytes]] = []
    for message_id in sending.strange_files(fund):
        content = sending.channel().content_of(fund.code, message_id)
        try:
            filed.append((_ours(content, fund, message_id), content))
        except DomainError as refusal:
            left.append((message_id, str(refusal)))
    for batch, content in sorted(filed, key=lambda each: (each[0].created_at, each[0].message_id)):
        try:
            with transaction.atomic():
                _adopt(batch, content, fund, actor, at)
            adopted.append(batch.message_id)
        except DomainError as refusal:
            left.append((batch.message_id, str(refusal)))
    return adopted, left


def _ours(content: bytes, fund: Fund, message_id: str) -> Batch:
    """What the file says, when its name is what its content makes of it. Rejected (``file-not-ours``)."""
    batch = read_filed(content, name=message_id)
    if message_id != batch.message_id or named(batch, fund_code=fund.code) != batch:
        raise Rejected(
            _("付款文件 %(file)s 的名称与内容不符；请向银行查明它是否付过款，并移出发件箱"),
            code="file-not-ours",
            file=message_id,
        )
    return batch


def _adopt(filed: Batch, content: bytes, fund: Fund, actor: Operator, at: datetime) -> None:
    """The batch and its orders on record again; the vault finds its file out. Errors: NotFound, Conflict."""
    debtor = filing.debtor_account(fund.pk, localdate(filed.created_at))
    chosen = [_keyed(fund, each.end_to_end_id, filed, actor, at) for each in filed.transfers]
    stated = Batch(
        message_id=UNNAMED,
        created_at=filed.created_at,
        execute_on=filed.execute_on,
        debtor=party(debtor),
        transfers=tuple(each.transfer for each in chosen),
    )
    if render(named(stated, fund_code=fund.code)) != content:
        raise Conflict(
            _("付款文件 %(file)s 与发票、退还、收款账户或专户现在的内容不符，请改回付款时的内容"),
            code="batch-differs",
            file=filed.message_id,
        )
    batch = filing.keep_batch(filed, fund=fund, debtor=debtor, actor=actor, at=at, out=True)
    for each in chosen:
        each.file(batch)
    transaction.on_commit(lambda: send_payment_batch.send(batch.pk), robust=True)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """One payment of a file as its keys stand on it now, and how its order comes on record again."""

    transfer: Transfer
    file: Callable[[PaymentBatch], object]


def _keyed(fund: Fund, end_to_end_id: str, filed: Batch, actor: Operator, at: datetime) -> _Keyed:
    """What this payment is of, released on two standing keys. Errors: NotFound, Conflict."""
    if paying_back.NAMED.fullmatch(end_to_end_id.lower()):
        payback = _released_payback(fund, end_to_end_id, filed)
        return _Keyed(
            payback_transfer(payback, end_to_end_id),
            lambda batch: paying_back.file_payback(batch, payback, end_to_end_id),
        )
    settlement = _released_settlement(fund, end_to_end_id, filed)

    def file(batch: PaymentBatch) -> None:
        filing.file_order(batch, settlement, end_to_end_id)
        advance(settlement, settlement.instruct, actor=actor, at=at, reason=filed.message_id)

    payee = filing.payee_of(settlement)
    return _Keyed(transfer(settlement, payee, settlement.total, end_to_end_id), file)


def _released_payback(fund: Fund, end_to_end_id: str, filed: Batch) -> Payback:
    """The payback of the receipt this payment is named after: the restore may have taken either."""
    rows = Payback.objects.filter(fund=fund).exclude(state__in=OVER)
    for each in rows.select_related("line__account", "fund").order_by("pk"):
        if paying_back.payback_identifier(each) == end_to_end_id:
            return paying_back.released_payback(each.pk)
    raise NotFound(
        _("%(file)s 所付退还 %(payment)s 已随恢复丢失，请导入来款的流水，重新申请、审批并放款后再认领"),
        file=filed.message_id,
        payment=end_to_end_id,
    )


def _released_settlement(fund: Fund, end_to_end_id: str, filed: Batch) -> Settlement:
    """The settlement this payment is the next order of. Errors: NotFound, Conflict."""
    number = end_to_end_id.rpartition("-")[0]
    found = Settlement.objects.filter(fund=fund, number=number).first()
    facts = {"number": number, "file": filed.message_id}
    if found is None:
        raise NotFound(
            _("付款文件 %(file)s 所付发票 %(number)s 已随恢复丢失，请重新导入、审批并放款后再认领"), **facts
        )
    settlement = locked(found.pk)
    if settlement.state != State.RELEASED:
        raise Conflict(
            _("付款文件 %(file)s 所付发票 %(number)s 现为「%(stands)s」，请重新办到「%(due)s」后再认领"),
            code="state-moved-on",
            stands=TITLES[State(settlement.state)],
            due=TITLES[State.RELEASED],
            **facts,
        )
    refuse_void_keys(settlement)
    identifier = filing.next_identifier(settlement)
    payee = payees.current(
        fund_id=fund.pk, organisation_id=settlement.provider_id or 0, on=localdate(filed.created_at)
    )
    if identifier != end_to_end_id or payee != settlement.payee_account_id:
        raise Conflict(
            _("%(file)s 中的付款 %(payment)s 不是发票 %(number)s 的下一次付款，请先登记以前各次的结果"),
            code="payment-out-of-turn",
            payment=end_to_end_id,
            **facts,
        )
    return settlement
