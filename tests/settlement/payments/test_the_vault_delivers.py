"""Payment files are the vault's to deliver: nobody else's word sends one, and it writes nothing else."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config import rounds
from config.rounds import Rounds
from custody.kernel.errors import Conflict, Rejected
from custody.models import Anchor, Signature, SignedSubject, VaultNote
from custody.vault import inbox, marking
from custody.vault.declaration import Signed
from settlement.models import PaymentBatch
from settlement.payments import sending
from settlement.queue.settlement_turns import queue_of
from settlement.tasks import send_payment_batch
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.pages import browser_of
from tests.settlement.desk import AT, PAY_ON, Provider, make_provider
from tests.settlement.payments.test_manifest import typed

pytestmark = pytest.mark.usefixtures("committed_db")
DENIED = "42501"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path, committed_db: None) -> Provider:
    settings.BANK_OUTBOX = tmp_path
    return make_provider()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process has the application's login alone, as a page or a worker has."""
    monkeypatch.setattr(inbox, "answers_here", lambda: False)


def files(outbox: Path, desk: Provider) -> list[str]:
    return sorted(path.stem for path in (outbox / desk.at.fund.code).glob("*.xml"))


def is_sent(batch: PaymentBatch) -> bool:
    return PaymentBatch.objects.get(pk=batch.pk).sent_at is not None


def looked(vault: Rounds) -> None:
    for _step in vault.look():
        pass


# ---------------------------------------------------------------------------- the application's login


def test_the_application_says_of_no_batch_that_it_is_sent(desk: Provider) -> None:
    batch = desk.instructed(desk.released())
    for assignment in ("sent_at = now()", "sent_at = NULL", "adopted_at = now()", "content = ''"):
        with refused(state=DENIED, using="default"):
            run("default", f"UPDATE settlement_paymentbatch SET {assignment} WHERE id = %s", (batch.pk,))
    run("vault", "UPDATE settlement_paymentbatch SET sent_at = now() WHERE id = %s", (batch.pk,))


def test_the_application_files_no_batch_that_says_it_is_sent(desk: Provider) -> None:
    batch = desk.instructed(desk.released())
    columns = [str(each.column) for each in PaymentBatch._meta.concrete_fields if each.column != "id"]
    changed = {"message_id": "'PT-X'", "sent_at": "now()"}
    chosen = [changed.get(each, each) for each in columns]
    copy = f"SELECT {', '.join(chosen)} FROM settlement_paymentbatch WHERE id = {batch.pk}"
    with refused(constraint="payment_batch_filed_by_trustee", using="default"):
        run("default", f"INSERT INTO settlement_paymentbatch ({', '.join(columns)}) {copy}")


def test_a_file_for_forged_bytes_waits_for_ever_and_holds_up_no_other(desk: Provider, tmp_path: Path) -> None:
    other = make_provider()
    said: list[str] = []
    vault = Rounds(said.append)
    with typed(desk, desk.released("1000"), b"<pay>somebody else</pay>") as forged:
        honest = other.instructed(other.released())
        looked(vault)
        looked(vault)

        assert (is_sent(forged), is_sent(honest)) == (False, True)
        assert (files(tmp_path, desk), files(tmp_path, other)) == ([], [honest.message_id])
        assert len([each for each in said if forged.message_id in each]) == 1


def test_an_order_that_no_release_stands_behind_is_no_order(desk: Provider) -> None:
    batch, approved = desk.instructed(desk.released()), desk.approved("30")
    with refused(constraint="payment_order_is_released", using="default"):
        run(
            "default",
            "INSERT INTO settlement_paymentorder (batch_id, settlement_id, fund_id, end_to_end_id, "
            "payee_account_id, amount, amount_currency, attempt, outcome, evidence) SELECT %s, id, fund_id, "
            "number || '-1', payee_account_id, total, 'CNY', 1, 'pending', '' "
            "FROM settlement_settlement WHERE id = %s",
            (batch.pk, approved.pk),
        )


# ----------------------------------------------------------------------------------- the vault's login


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO settlement_paymentorder (end_to_end_id) VALUES ('X-1')",
        "UPDATE settlement_paymentorder SET outcome = 'settled'",
        "INSERT INTO settlement_paymentbatch (message_id) VALUES ('PT-X')",
        "UPDATE settlement_paymentbatch SET content = ''",
        "INSERT INTO settlement_settlement (number) VALUES ('1')",
        "UPDATE settlement_settlement SET state = 'released'",
        "INSERT INTO settlement_payeeaccount (number) VALUES ('1')",
        "INSERT INTO custody_approval (key) VALUES ('release')",
        "INSERT INTO custody_payback (reason) VALUES ('x')",
        "UPDATE custody_payback SET state = 'released'",
        "INSERT INTO custody_entry (memo) VALUES ('x')",
        "INSERT INTO custody_line (amount) VALUES (1)",
        "SELECT ledger_post(1, 1, now(), 'k', 't', '2025-07-01', '', '', NULL, NULL, '{1}', '{1}')",
        "INSERT INTO custody_deedterm (term) VALUES ('base_rate')",
        "INSERT INTO custody_membership (role) VALUES ('keyholder')",
        "INSERT INTO custody_signature (declaration) VALUES ('x')",
    ],
)
def test_the_vault_writes_no_order_settlement_key_person_or_entry(statement: str) -> None:
    with refused(state=DENIED, using="vault"):
        run("vault", statement)


def test_a_file_leaves_over_the_vaults_connection_alone(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())
    with CaptureQueriesContext(connections["default"]) as application:
        assert sending.send_batch(batch_id=batch.pk, at=AT)

    assert [each["sql"] for each in application.captured_queries] == []
    assert files(tmp_path, desk) == [batch.message_id]


def test_an_adopted_batch_whose_file_is_not_out_is_not_delivered(desk: Provider, tmp_path: Path) -> None:
    batch = desk.instructed(desk.released())
    with refused(using="owner", constraint="payment_batch_stands"):
        run("owner", "UPDATE settlement_paymentbatch SET adopted_at = now() WHERE id = %s", (batch.pk,))
    run("owner", "ALTER TABLE settlement_paymentbatch DISABLE TRIGGER batch_guard")
    run("owner", "UPDATE settlement_paymentbatch SET adopted_at = now() WHERE id = %s", (batch.pk,))
    run("owner", "ALTER TABLE settlement_paymentbatch ENABLE TRIGGER batch_guard")

    with pytest.raises(Conflict, match="却没有该文件"):
        sending.send_batch(batch_id=batch.pk, at=AT)

    assert (files(tmp_path, desk), is_sent(batch)) == ([], False)


# -------------------------------------------------------------------------------------- rounds, hints


def test_a_file_that_does_not_leave_is_tried_again_after_a_minute(
    desk: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = desk.instructed(desk.released())
    in_the_way = tmp_path / desk.at.fund.code
    in_the_way.write_text("no folder")
    vault = Rounds(lambda _said: None)
    looked(vault)
    in_the_way.unlink()

    looked(vault)
    assert not is_sent(batch)
    monkeypatch.setattr(rounds, "AGAIN_SECONDS", 0.0)
    in_the_way.write_text("no folder")
    again = Rounds(lambda _said: None)
    looked(again)
    in_the_way.unlink()
    looked(again)
    assert is_sent(batch)


def test_why_a_file_does_not_leave_is_read_by_people_until_it_has_left(
    desk: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox cannot be written: said once on record, in the queue, and on the desk's pages."""
    batch = desk.instructed(desk.released())
    in_the_way = tmp_path / desk.at.fund.code
    in_the_way.write_text("no folder")
    vault = Rounds(lambda _said: None)
    looked(vault)
    looked(Rounds(lambda _said: None))

    assert VaultNote.objects.filter(subject_id=batch.pk).count() == 1
    browser = browser_of(desk.at.actor)
    pages = ("/desk/", "/desk/payments/", f"/desk/payments/{batch.message_id}/")
    assert ["发件箱写不进去" in browser.get(each).content.decode() for each in pages] == [True] * 3
    assert any("发件箱写不进去" in each.what for each in queue_of(desk.at.actor, AT))
    monkeypatch.setattr(rounds, "AGAIN_SECONDS", 0.0)
    in_the_way.unlink()
    looked(Rounds(lambda _said: None))
    assert is_sent(batch)
    assert "发件箱写不进去" not in browser.get(pages[2]).content.decode()


def test_the_reason_is_the_vaults_to_write_and_stays(desk: Provider) -> None:
    note = "INSERT INTO custody_vaultnote (kind, subject_id, why) VALUES ('payment_file', 1, 'x')"
    with refused(state=DENIED, using="default"):
        run("default", note)
    run("vault", note)
    with refused(constraint="append_only"):
        run("owner", "UPDATE custody_vaultnote SET why = 'y'")


def test_a_signature_the_vault_could_not_judge_says_so_to_who_waits(
    desk: Provider, monkeypatch: pytest.MonkeyPatch, alone: None
) -> None:
    row, private = signing.enrolled(desk.at.trustee_key, desk.at.trustee.pk)
    told = signing.declaration(desk.at.trustee_key, [Signed("test", 1, "release", "d" * 64)])
    monkeypatch.setattr(marking, "judged", lambda *_asked, **_about: 1 / 0)
    monkeypatch.setattr(inbox, "PATIENCE_SECONDS", 0.0)
    waits = inbox._wait

    def meanwhile(*asked: Any) -> None:
        looked(Rounds(lambda _said: None))
        waits(*asked)

    monkeypatch.setattr(inbox, "_wait", meanwhile)
    with pytest.raises(Rejected, match="ZeroDivisionError"):
        inbox.hand_in(public_key=row, declaration=told.text, signature=private.sign(told.text))


def test_a_signature_handed_in_meanwhile_is_answered_before_the_next_file(
    desk: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.instructed(desk.released())
    desk.instructed(desk.released("20"))
    row, private = signing.enrolled(desk.at.trustee_key, desk.at.trustee.pk)
    told = signing.declaration(desk.at.trustee_key, [Signed("test", 1, "release", "d" * 64)])
    real = sending.send_batch
    order: list[int] = []

    def delivers(**asked: Any) -> bool:
        if not order:
            Signature.objects.create(public_key=row, declaration=told.text, signature=private.sign(told.text))
        marks = SignedSubject.objects.filter(subject_kind="test", operator=desk.at.trustee_key)
        order.append(marks.count())
        return real(**asked)

    monkeypatch.setattr(sending, "send_batch", delivers)
    looked(Rounds(lambda _said: None))

    assert order[:2] == [0, 1]


def anchors_of(desk: Provider) -> list[str]:
    rows = Anchor.objects.filter(fund_id=desk.at.fund.pk).order_by("pk")
    return list(rows.values_list("purpose", flat=True))


def test_a_file_leaves_with_the_head_of_its_fund_anchored(desk: Provider) -> None:
    batch = desk.instructed(desk.released())
    sending.send_batch(batch_id=batch.pk, at=AT)

    assert anchors_of(desk) == [batch.message_id]


def test_the_heads_that_moved_are_anchored_once_a_day(desk: Provider) -> None:
    while not anchors_of(desk):  # so many funds at a look, and other tests left some
        looked(Rounds(lambda _said: None))
    desk.bank_line("5", "来款")

    looked(Rounds(lambda _said: None))

    assert anchors_of(desk) == [rounds.DAILY]


def test_a_worker_without_the_vaults_login_wakes_the_vault_and_delivers_nothing(
    desk: Provider, tmp_path: Path, alone: None
) -> None:
    batch = desk.instructed(desk.released())
    vault = connections["vault"]
    vault.ensure_connection()
    with vault.cursor() as cursor:
        cursor.execute(f"LISTEN {inbox.CHANNEL}")

    send_payment_batch(batch.pk)

    heard = list(vault.connection.notifies(timeout=5, stop_after=1))
    with vault.cursor() as cursor:
        cursor.execute(f"UNLISTEN {inbox.CHANNEL}")
    assert (len(heard), is_sent(batch), files(tmp_path, desk)) == (1, False, [])


def test_a_command_without_the_vaults_login_says_that_the_file_waits(desk: Provider, alone: None) -> None:
    desk.released()
    out = StringIO()
    call_command(
        "instruct_payments", "--fund", desk.at.fund.code, "--actor", desk.at.actor.username, "--on",
        "2099-01-01", stdout=out,
    )  # fmt: skip

    assert "付款文件等密钥服务核验后送出" in out.getvalue()


def test_the_sweep_without_the_vaults_login_sends_nothing_and_exits_with_2(
    desk: Provider, tmp_path: Path, alone: None
) -> None:
    batch, out = desk.instructed(desk.released()), StringIO()

    with pytest.raises(CommandError, match="未送出") as refusal:
        call_command("sweep_payments", stdout=out)

    assert refusal.value.returncode == 2
    assert f"未送出 {batch.message_id} 付款日 {PAY_ON}，等密钥服务送出" in out.getvalue()
    assert files(tmp_path, desk) == []
