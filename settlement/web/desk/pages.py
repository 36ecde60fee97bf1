"""今日: what waits for the operator, what others have in hand, how each trust stands.

Refuses anybody but the trust company's people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from custody.kernel.words import told
from custody.ledger.across import BookCash, FundCash, cash_of_funds, daily_cash_of_funds
from custody.ledger.chart import BOOK_TITLES, Book
from custody.models import OrganisationKind
from custody.money_in.standings import BankStanding, bank_standings
from custody.permits.acts import Act
from custody.web.shell import tell_waiting
from custody.web.visits import Visit, page, visit_of
from settlement.payments.cut_offs import next_cut_off
from settlement.queue.desk_jobs import DeskJob, JobName, desk_jobs
from settlement.queue.further_jobs import further_jobs
from settlement.queue.lately import lately
from settlement.web.charts import daily_chart

CARDS_MAX = 3
LISTED_MAX = 30
CHART_DAYS = 92


@dataclass(frozen=True, slots=True)
class Errand:
    """One line of 等您处理: ``count`` things, what and why, their sum, since when, and where to do them."""

    count: int
    title: Promise | str
    why: str
    total: Decimal | None
    since: date | None
    address: str
    verb: Promise | str
    urgent: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class InOthersHands:
    """One line of 在别人手里."""

    who: str
    what: Promise | str
    count: int
    total: Decimal
    since: date
    address: str


@dataclass(frozen=True, slots=True)
class BookLine:
    """A book beside its title."""

    title: str
    cash: BookCash


@dataclass(frozen=True, slots=True)
class FundCard:
    """A trust as 今日 shows it: how it stands with its bank, its cash, and the chart of the last quarter."""

    standing: BankStanding
    cash: FundCash
    chart: SafeString

    @property
    def books(self) -> list[BookLine]:
        """Its books by title."""
        return [BookLine(BOOK_TITLES[Book(each.book)], each) for each in self.cash.books]

    @property
    def booked(self) -> Decimal:
        """What the books have at the bank."""
        return sum((each.posted for each in self.cash.books), Decimal(0))


# What waits, the most pressing first: name, whose act, title, why, the page's name and query, the verb.
_ERRANDS: tuple[tuple[JobName, Act, Promise | str, Promise | str, str, str, Promise | str], ...] = (
    (JobName.UNEXPLAINED, Act.EXPLAIN_BREAK, gettext_lazy("待查付款"),
     gettext_lazy("查明之前，这个信托什么也不能放"), "breaks", "", gettext_lazy("查明")),
    (JobName.RELEASE, Act.TURN_SECOND_KEY, gettext_lazy("待放款"),
     gettext_lazy("业委会已转第一把密码，资金已冻结"), "settlements", "", gettext_lazy("逐笔放款")),
    (JobName.KEYS, Act.TURN_SECOND_KEY, gettext_lazy("其他待转密码"),
     gettext_lazy("账户、退还、存放、关账、人员等，各要第二把密码"),
     "second_keys", "", gettext_lazy("逐项核对")),
    (JobName.INSTRUCT, Act.INSTRUCT_PAYMENTS, gettext_lazy("待下达付款"),
     gettext_lazy("两把密码都已转动，等合成付款文件"), "payments", "", gettext_lazy("付款文件")),
    (JobName.UNSENT, Act.INSTRUCT_PAYMENTS, gettext_lazy("付款文件未送出"),
     gettext_lazy("已合成，还没有送到银行"), "payments", "", gettext_lazy("查看")),
    (JobName.UNKNOWN, Act.RECORD_OUTCOME, gettext_lazy("付款结果未知"),
     gettext_lazy("须有银行凭据才能了结"), "settlements", "?state=bank", gettext_lazy("查看")),
    (JobName.SILENT, Act.RECORD_OUTCOME, gettext_lazy("银行没有回音"),
     gettext_lazy("已过付款日三天以上，请问银行"), "settlements", "?state=bank", gettext_lazy("查看")),
    (JobName.FAILED, Act.RETRY_PAYMENT, gettext_lazy("付款失败"),
     gettext_lazy("重付、重新决定或作废"), "settlements", "?state=bank", gettext_lazy("处理")),
    (JobName.ORDERS, Act.EXPLAIN_BREAK, gettext_lazy("商户订单逾期未到账"),
     gettext_lazy("过了信托文件的期限，放款已停"), "breaks", "", gettext_lazy("查明")),
    (JobName.QUESTIONS, Act.ANSWER_QUESTION, gettext_lazy("监察人质询待答复"),
     gettext_lazy("最早须在%(by)s答复"), "questions", "", gettext_lazy("答复")),
    (JobName.CARRY, Act.ACCRUE_FEES, gettext_lazy("季度考核待结转"),
     gettext_lazy("得分已登记，绩效酬金待转应付（accrue_fees）"), "", "", ""),
    (JobName.DAYS, Act.PREPARE_DAY, gettext_lazy("日终待准备"),
     gettext_lazy("流水已到，账实相符，待经办写明、另一人签署"), "days", "", gettext_lazy("准备")),
    (JobName.SUSPENSE, Act.IDENTIFY_RECEIPT, gettext_lazy("待确认款项"),
     gettext_lazy("不知道是谁交的什么钱"), "suspense", "", gettext_lazy("认领")),
)  # fmt: skip
_OTHERS: tuple[tuple[JobName, Promise | str, str], ...] = (
    (JobName.COMMITTEE, gettext_lazy("第一把密码"), "committee"),
    (JobName.BANK, gettext_lazy("付款结果"), "bank"),
    (JobName.FIRM, gettext_lazy("退回待更正"), "returned"),
    (JobName.SCORES, gettext_lazy("季度考核得分"), ""),
)


@require_GET
@page(OrganisationKind.TRUSTEE)
def today(request: HttpRequest) -> HttpResponse:
    """The visitor's day."""
    visit = visit_of(request)
    ids = [each.pk for each in visit.funds]
    jobs = desk_jobs(ids, visit.person, visit.on)
    open_lines = [jobs[each].count for each in (JobName.SUSPENSE, JobName.UNEXPLAINED) if each in jobs]
    tell_waiting(request, "suspense", sum(open_lines))
    standings = bank_standings(ids)
    cash = cash_of_funds(ids)
    errands = [*_errands(jobs, visit), *_upkeep(visit, standings, cash), *_of_rooms_above(visit)]
    cards = _cards(standings, cash, visit.on) if len(ids) <= CARDS_MAX else []
    listed = (
        sorted(standings, key=lambda each: (not each.broken, each.proved, each.code)) if not cards else []
    )
    return render(
        request,
        "desk/home.html",
        {
            "errands": errands,
            "others": _others(jobs),
            "cards": cards,
            "listed": [_line(each, cash) for each in listed[:LISTED_MAX]],
            "unlisted": max(0, len(listed) - LISTED_MAX),
            "unproved": sum(not each.proved for each in standings),
            "lately": lately(ids),
            "cut_off": next_cut_off(visit.at),
        },
    )


def _errands(jobs: Mapping[JobName, DeskJob], visit: Visit) -> Iterator[Errand]:
    leads = True
    for name, act, title, why, place, query, verb in _ERRANDS:
        job = jobs.get(name)
        if job is None or not visit.may(act):
            continue
        urgent = name is JobName.UNEXPLAINED
        because = job.who if name is JobName.UNSENT and job.who else told(str(why), by=job.who)
        yield Errand(
            job.count, title, because, job.total, localdate(job.since),
            _address(place, query), verb, urgent, leads and not urgent,
        )  # fmt: skip
        leads = leads and urgent


def _upkeep(visit: Visit, standings: list[BankStanding], cash: Mapping[int, FundCash]) -> Iterator[Errand]:
    """Statements to be imported, and months to be closed."""
    yesterday = visit.on - timedelta(days=1)
    late = [each for each in standings if each.through is not None and each.through < yesterday]
    if late and visit.may(Act.IMPORT_BANK_STATEMENT):
        oldest = min(each.through for each in late if each.through is not None)
        why = told(_("流水停在%(on)s，之后的还没有导入"), on=oldest.isoformat())
        yield Errand(
            len(late),
            _("银行流水待导入"),
            why,
            None,
            oldest + timedelta(days=1),
            _address("imports"),
            _("导入"),
        )
    opened = {each.pk: each.opened_on for each in visit.funds}
    months = [_open_month(each.closed_through, opened[pk]) for pk, each in cash.items()]
    over = [each for each in months if each < visit.on]
    if over and visit.may(Act.CLOSE_PERIOD):
        why = told(_("%(month)s已过，尚未关账"), month=f"{min(over):%Y-%m}")
        yield Errand(len(over), _("待关账"), why, None, min(over), _address("days"), _("关账"))


def _of_rooms_above(visit: Visit) -> Iterator[Errand]:
    """What those rooms have for this person."""
    for job in further_jobs(visit.funds, visit.on):
        if visit.may(job.act):
            yield Errand(
                job.count, job.title, job.why, None, job.since, _address(job.place), job.verb, job.urgent
            )


def _open_month(closed: date | None, opened_on: date) -> date:
    """The last day of the first month that is not closed."""
    day = max(opened_on, closed + timedelta(days=1)) if closed is not None else opened_on
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _others(jobs: Mapping[JobName, DeskJob]) -> list[InOthersHands]:
    return [
        InOthersHands(
            _whose(name, job),
            what,
            job.count,
            job.total,
            localdate(job.since),
            _address("settlements", f"?state={tab}") if tab else "",
        )
        for name, what, tab in _OTHERS
        if (job := jobs.get(name)) is not None
    ]


def _whose(name: JobName, job: DeskJob) -> str:
    if job.whose == 1:
        return job.who
    said = {
        JobName.COMMITTEE: _("%(count)s个业主委员会"),
        JobName.SCORES: _("%(count)s个业主委员会"),
        JobName.BANK: _("%(count)s家银行"),
        JobName.FIRM: _("%(count)s家物业"),
    }
    return told(said[name], count=job.whose)


def _cards(standings: list[BankStanding], cash: Mapping[int, FundCash], on: date) -> list[FundCard]:
    days = daily_cash_of_funds([each.fund_id for each in standings], on - timedelta(days=CHART_DAYS), on)
    return [
        FundCard(
            each,
            cash.get(each.fund_id, FundCash()),
            daily_chart(days.get(each.fund_id, []), _chart_title(days.get(each.fund_id, []))),
        )
        for each in standings
    ]


def _line(standing: BankStanding, cash: Mapping[int, FundCash]) -> FundCard:
    """A trust among many, without its chart."""
    return FundCard(standing, cash.get(standing.fund_id, FundCash()), SafeString())


def _chart_title(days: list[tuple[date, Decimal]]) -> str:
    if not days:
        return ""
    said = _("%(first)s至%(last)s每日信托资金，含存放；期末%(amount)s元")
    return told(said, first=days[0][0], last=days[-1][0], amount=f"{days[-1][1]:,.2f}")


def _address(place: str, query: str = "") -> str:
    """Where a page is; empty where the house has none of that name."""
    try:
        return f"{reverse(place)}{query}"
    except NoReverseMatch:
        return ""
