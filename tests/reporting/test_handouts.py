"""A paper that left the house is on record once, with its head, and stays; the database takes no other."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from custody.files.archive import bytes_of
from custody.kernel.errors import Forbidden
from custody.models import Access, AccessRecord, FundParty, Operator, Organisation
from reporting.exporting import Asked, build_statement
from reporting.models import Handout, PaperFormat
from reporting.papers.forms import paper_of
from reporting.papers.handing_out import hand_out
from tests.custody.ledger.raw import refused, run
from tests.factories import AT, make_fund, make_operator
from tests.reporting.builders import FROM, TO, Quarter, worked_quarter

pytestmark = pytest.mark.usefixtures("committed_db")
INSERT = """
INSERT INTO reporting_handout
       (fund_id, document_id, sha256, kind, from_on, to_on, format, sequence, chain, says, at, by_id)
SELECT fund_id, {document}, {sha256}, kind, from_on, to_on, format, sequence, {chain}, says, at, {by}
  FROM reporting_handout WHERE id = %s
"""


def handed_out(q: Quarter, form: PaperFormat = PaperFormat.XLSX, actor: Operator | None = None) -> Handout:
    fund, report = build_statement(asked := Asked(q.code, "fund", FROM, TO))
    return hand_out(fund=fund, paper=paper_of(asked, report, form), actor=actor or q.made.actor, at=AT)


def supervisor(q: Quarter, role: str = "maker") -> Operator:
    """Somebody of a supervising body that is a party to the deed."""
    body = Organisation.objects.create(kind="regulator", name=f"住建局{q.code}")
    FundParty.objects.using("owner").create(
        fund_id=q.made.fund.pk, organisation_id=body.pk, valid_from=date(2020, 1, 1)
    )
    return make_operator(body, role)


def raw(handout: Handout, **other: str) -> None:
    """The row once more as the application's login, with some of it otherwise."""
    said = {"document": "document_id", "sha256": "sha256", "chain": "chain", "by": "by_id"} | other
    run("default", INSERT.format(**said), [handout.pk])


def test_the_same_bytes_leave_once() -> None:
    q = worked_quarter()
    first, again = handed_out(q), handed_out(q)

    assert first.pk == again.pk
    assert AccessRecord.objects.filter(fund=q.made.fund, what=Access.ISSUED).count() == 1


def test_each_form_of_a_statement_is_a_paper_of_its_own() -> None:
    q = worked_quarter()
    sheet, page = handed_out(q), handed_out(q, PaperFormat.PDF)

    assert sheet.sha256 != page.sha256
    assert bytes_of(page.document).startswith(b"%PDF-1.7")


def test_a_handout_says_what_its_paper_says() -> None:
    handout = handed_out(worked_quarter())

    assert ["期末资金", "64052.50"] in handout.says["headlines"]
    assert {proof[5] for proof in handout.says["proofs"] if proof[1].startswith("全部分录")} == {"一致"}


def test_the_command_hands_out_a_pdf(tmp_path: Path) -> None:
    q, out = worked_quarter(), tmp_path / "a.pdf"
    call_command(
        "export_statement", f"--fund={q.code}", f"--actor={q.made.actor.username}", "--kind=fund",
        "--from=2025-07-01", "--to=2025-09-30", "--format=pdf", f"--out={out}", stdout=StringIO(),
    )  # fmt: skip

    assert bytes_of(Handout.objects.get(fund=q.made.fund, format="pdf").document) == out.read_bytes()


def test_a_supervisor_has_a_statement_of_their_estate_made() -> None:
    q = worked_quarter()
    theirs = supervisor(q)

    assert handed_out(q, actor=theirs).by == theirs


def test_a_firm_issues_no_statement() -> None:
    q = worked_quarter()

    with pytest.raises(Forbidden):
        handed_out(q, actor=q.made.provider_clerk)
    assert not Handout.objects.filter(fund=q.made.fund).exists()


def test_the_database_keeps_a_paper_with_its_fund() -> None:
    handout, other = handed_out(worked_quarter()), worked_quarter()
    theirs, number = handed_out(other), other_paper(handout)

    with refused(constraint="handout_of_its_funds_document", using="default"):
        raw(theirs, document=str(number), sha256=digest_of(number))


def test_the_database_takes_no_digest_but_the_papers_own() -> None:
    handout = handed_out(worked_quarter())

    with refused(constraint="handout_of_its_funds_document", using="default"):
        raw(handout, document=str(other_paper(handout)), sha256="repeat('0', 64)")


def other_paper(handout: Handout) -> int:
    """A kept statement of the same fund that nobody handed out."""
    rows = run(
        "default",
        """INSERT INTO custody_document (fund_id, kind, name, sha256, size, retention, kept_at, kept_by_id)
           SELECT fund_id, kind, name, encode(sha256(sha256::bytea), 'hex'), size, retention, kept_at,
                  kept_by_id
             FROM custody_document WHERE id = %s RETURNING id""",
        [handout.document_id],
    )
    number: int = rows[0][0]
    return number


def digest_of(document: int) -> str:
    """Its digest, as SQL."""
    return f"(SELECT d.sha256 FROM custody_document d WHERE d.id = {document})"


def test_the_database_takes_no_head_that_was_never_anchored() -> None:
    handout = handed_out(worked_quarter())
    number = other_paper(handout)

    with refused(constraint="handed_out_under_an_anchor", using="default"):
        raw(handout, document=str(number), sha256=digest_of(number), chain="repeat('0', 64)")


def test_the_database_takes_no_paper_from_one_who_may_not_issue() -> None:
    q = worked_quarter()

    with refused(constraint="handed_out_by_one_who_may", using="default"):
        raw(handed_out(q), by=str(q.made.provider_clerk.pk))


def test_the_database_takes_no_paper_that_is_no_statement() -> None:
    q = worked_quarter()

    with refused(constraint="handed_out_is_a_statement", using="default"):
        raw(handed_out(q), document=str(q.file.pk), sha256=f"'{q.file.sha256}'")


@pytest.mark.parametrize(
    "change", ["UPDATE reporting_handout SET sha256 = sha256", "DELETE FROM reporting_handout"]
)
def test_a_handout_stays_as_written(change: str) -> None:
    handed_out(worked_quarter())

    with refused(state="23001"):
        run("owner", change)
    with refused(state="42501", using="default"):
        run("default", change)


def test_who_looked_is_dated_and_placed_by_the_database() -> None:
    made, stranger = make_fund(), make_fund()
    run(
        "default",
        """INSERT INTO custody_accessrecord (fund_id, operator_id, organisation_id, what, about, at)
           VALUES (%s, %s, %s, 'opened', 'x', '2001-01-01')""",
        [made.fund.pk, made.committee_key.pk, stranger.committee.pk],
    )
    row = AccessRecord.objects.get(fund=made.fund)

    assert row.organisation == made.committee
    assert row.at.year > 2001


def test_nobody_is_on_record_as_looking_at_a_fund_of_others() -> None:
    made, stranger = make_fund(), make_fund()

    with refused(constraint="access_of_a_party", using="default"):
        AccessRecord.objects.create(
            fund=made.fund,
            operator=stranger.committee_key,
            organisation=made.committee,
            what="opened",
            about="x",
        )


@pytest.mark.parametrize(
    "change", ["UPDATE custody_accessrecord SET about = ''", "DELETE FROM custody_accessrecord"]
)
def test_who_looked_stays_on_record(change: str) -> None:
    handed_out(worked_quarter())

    with refused(state="23001"):
        run("owner", change)
    with refused(state="42501", using="default"):
        run("default", change)
