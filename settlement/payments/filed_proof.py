"""Payment files as evidence: each batch's bytes are what its orders make, as kept and as out.

Refuses to write.
"""

from collections.abc import Iterator
from typing import LiteralString

from django.utils.translation import gettext as _

from custody.files import archive
from custody.kernel.errors import DomainError
from custody.kernel.words import told
from custody.models import Fund
from settlement.models import PaymentBatch
from settlement.payments import sending
from settlement.payments.gateways import File
from settlement.payments.gateways.pain001 import render
from settlement.payments.rendering import stated_by

# A settlement pays its total; what ends an accrual beside it moves no cash.
PAID_SOURCE: LiteralString = (
    "SELECT FROM settlement_settlement x WHERE x.fund_id = e.fund_id AND x.number = c.name"
    " AND (c.cash IS NULL OR x.total = abs(c.cash))"
)


def payment_files(fund: Fund, after: int, using: str) -> Iterator[tuple[int, list[str]]]:
    """Each batch beyond ``after`` by its number, with what does not hold of its file."""
    batches = PaymentBatch.objects.using(using).filter(fund=fund, pk__gt=after)
    for batch in batches.select_related("fund", "document").order_by("pk").iterator():
        yield batch.pk, list(_faults_of(batch))


def _faults_of(batch: PaymentBatch) -> Iterator[str]:
    content = bytes(batch.content)
    stated = stated_by(batch)
    if (stated.message_id, render(stated)) != (batch.message_id, content):
        yield told(_("付款文件 %(file)s 与其付款指令重新生成的文件不一致"), file=batch.message_id)
    try:
        if archive.bytes_of(batch.document) != content:
            yield told(_("付款文件 %(file)s 与存档的文件不一致"), file=batch.message_id)
    except DomainError as problem:
        yield str(problem)
    out = batch.message_id in sending.channel().out(batch.fund.code)
    if out and not sending.channel().holds(File(batch.fund.code, batch.message_id, content)):
        yield told(_("发件箱中的 %(file)s 与登记的付款文件不一致"), file=batch.message_id)
