"""Whether the log still says what its heads say: day by day, fund by fund, leaf by leaf. Never writes.

What was changed is named: the day, the fund, the entry. What its tables cannot show, because they were
rewritten whole, a kept ``heads.txt`` does (reporting.transparency.head_lines).
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import gettext as _

from custody.kernel.words import told
from custody.ledger.anchors import as_booked
from custody.models import Fund
from reporting.models import LogDay, LogEntry, LogFundDay, LogPaper
from reporting.transparency.day_reads import fund_day_of, shown_of
from reporting.transparency.leaves import as_canonical, commitment, entry_leaf, paper_leaf
from reporting.transparency.merkle import root_of


def faults_of_days() -> Iterator[str]:
    """What is wrong under the heads, a sentence each, oldest day first."""
    codes = dict(Fund.objects.values_list("pk", "code"))
    for day in LogDay.objects.order_by("number"):
        rows = list(LogFundDay.objects.filter(number=day.number).order_by("position"))
        if [row.position for row in rows] != list(range(day.funds)):
            yield told(
                _("%(on)s：应有 %(funds)s 个小区的日叶，库中有 %(found)s 个"),
                on=day.ended_on, funds=day.funds, found=len(rows),
            )  # fmt: skip
        days = [fund_day_of(row, day, codes[row.fund_id]) for row in rows]
        if root_of([each.leaf for each in days]).hex() != day.root:
            yield told(_("%(on)s：各小区的日叶与已签的日根不符"), on=day.ended_on)
        yield from _faults_of_leaves(day, rows, codes)


def _faults_of_leaves(day: LogDay, rows: Sequence[LogFundDay], codes: Mapping[int, str]) -> Iterator[str]:
    entries: dict[int, list[LogEntry]] = defaultdict(list)
    for entry in (
        LogEntry.objects.filter(number=day.number)
        .select_related("published__publication")
        .order_by("position")
    ):
        entries[entry.fund_id].append(entry)
    papers: dict[int, list[LogPaper]] = defaultdict(list)
    for paper in LogPaper.objects.filter(number=day.number).order_by("position"):
        papers[paper.fund_id].append(paper)
    for row in rows:
        about = {"fund": codes[row.fund_id], "on": day.ended_on}
        shown = entries.get(row.fund_id, [])
        if (
            root_of([entry_leaf(bytes.fromhex(each.salt), each.shown) for each in shown]).hex()
            != row.entries_root
        ):
            yield told(
                _("%(fund)s %(on)s：当日公布的分录与已签的根不符（应有 %(count)s 笔，库中 %(found)s 笔）"),
                count=row.entries, found=len(shown), **about,
            )  # fmt: skip
        yield from _faults_of_entries(codes[row.fund_id], day, shown)
        issued = papers.get(row.fund_id, [])
        if root_of([paper_leaf(each.sha256) for each in issued]).hex() != row.papers_root:
            yield told(
                _("%(fund)s %(on)s：当日出具的文件与已签的根不符（应有 %(count)s 份，库中 %(found)s 份）"),
                count=row.papers, found=len(issued), **about,
            )  # fmt: skip


def _faults_of_entries(code: str, day: LogDay, shown: Sequence[LogEntry]) -> Iterator[str]:
    """Where the journal, or the owners' page, no longer says what the leaf says."""
    if not shown:
        return
    booked = as_booked(shown[0].fund_id, [each.sequence for each in shown], using=DEFAULT_DB_ALIAS)
    for each in shown:
        about = {"fund": code, "sequence": each.sequence, "on": day.ended_on}
        said, now = json.loads(each.shown), booked.get(each.sequence)
        if now is None:
            yield told(_("%(fund)s 第 %(sequence)s 笔：%(on)s 公布过，账上没有了"), **about)
            continue
        if said["amount"] != f"{now.moved:.2f}":
            yield told(
                _("%(fund)s 第 %(sequence)s 笔：%(on)s 公布为 %(was)s 元，账上现在是 %(now)s 元"),
                was=said["amount"], now=f"{now.moved:.2f}", **about,
            )  # fmt: skip
        if said["commitment"] != commitment(bytes.fromhex(each.opening), now.chain):
            yield told(_("%(fund)s 第 %(sequence)s 笔：账链上的摘要已不是 %(on)s 公布时的"), **about)
        if each.shown != as_canonical(shown_of(code, each.published, said["commitment"])):
            yield told(_("%(fund)s 第 %(sequence)s 笔：公布的内容与 %(on)s 的日志不符"), **about)
