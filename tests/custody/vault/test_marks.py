"""The vault's marks: for a fresh, unused declaration of the key's own person, written by the vault alone."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from custody import keys
from custody.kernel.errors import Conflict, Forbidden
from custody.keys import enrolment, proving
from custody.models import Approval, Key, Method, Operator, PublicKey, SignatureRefused, SignedSubject
from custody.vault import device, inbox, marking
from custody.vault.declaration import Signed, declared
from settlement.payments import filing, sending
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import AT, TestFund, make_fund, make_operator
from tests.settlement.desk import PAY_ON, Provider, make_provider

pytestmark = pytest.mark.usefixtures("committed_db")
DIGEST = "d" * 64
MARK = (
    "INSERT INTO custody_signedsubject (signature_id, public_key_id, operator_id, subject_kind, subject_id,"
    " key, content_sha256) VALUES (%s, 1, 1, 'test', 1, 'release', repeat('d', 64))"
)
FORGE = (
    "INSERT INTO custody_signedsubject (signature_id, public_key_id, operator_id, subject_kind, subject_id,"
    " key, content_sha256) VALUES (%s, 1, 1, 'enrolment', %s, 'release', %s)"
)
REPLACE = "UPDATE custody_signature SET declaration = replace(declaration, %s, %s) WHERE id = %s"
ENROL = (
    "INSERT INTO custody_publickey (operator_id, organisation_id, method, point, credential_id, enrolment_id)"
    " VALUES (%s, %s, 'device', %s, '', %s)"
)


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    return make_fund()


def answered(trust: TestFund, text: str, signature: bytes) -> str:
    """How the vault answered: empty for marks, else its code."""
    handed = signing.hand_in(signing.enrolled(trust.trustee_key, trust.trustee.pk)[0], text, signature)
    refusal = SignatureRefused.objects.filter(signature=handed).first()
    assert SignedSubject.objects.filter(signature=handed).exists() == (refusal is None)
    return "" if refusal is None else refusal.code


def one(number: int = 1) -> Signed:
    return Signed("test", number, "release", DIGEST)


def test_a_good_signature_is_marked_on_every_subject_it_names(trust: TestFund) -> None:
    handed = signing.sign(trust.trustee_key, trust.trustee.pk, [one(1), one(2)])

    marked = SignedSubject.objects.filter(signature=handed).order_by("subject_id")
    assert [(each.subject_id, each.operator_id) for each in marked] == [
        (1, trust.trustee_key.pk),
        (2, trust.trustee_key.pk),
    ]
    marking.answer(handed.pk)  # said again
    assert marked.count() == 2


@pytest.mark.parametrize(
    ("late", "code"), [(14, ""), (-14, ""), (16, "declaration-stale"), (-16, "declaration-stale")]
)
def test_a_declaration_is_good_for_a_quarter_of_an_hour(trust: TestFund, late: int, code: str) -> None:
    _row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = declared(trust.trustee_key.username, marking.now() - timedelta(minutes=late), [one()])

    assert answered(trust, told.text, private.sign(told.text)) == code


def test_a_declaration_counts_once(trust: TestFund) -> None:
    _row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [one()])

    assert answered(trust, told.text, private.sign(told.text)) == ""
    assert answered(trust, told.text, private.sign(told.text)) == "declaration-used"


def test_another_persons_declaration_is_not_theirs(trust: TestFund) -> None:
    _row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.committee_key, [one()])

    assert answered(trust, told.text, private.sign(told.text)) == "declared-by-another"


def test_a_forged_signature_and_a_text_that_is_none_are_refused(trust: TestFund) -> None:
    signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [one()])

    assert answered(trust, told.text, device.make().sign(told.text)) == "signature-does-not-verify"
    assert answered(trust, "pay me", device.make().sign("pay me")) == "not-a-declaration"


def test_a_person_switched_off_signs_nothing(trust: TestFund) -> None:
    _row, private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [one()])
    Operator.objects.using("owner").filter(pk=trust.trustee_key.pk).update(is_active=False)

    assert answered(trust, told.text, private.sign(told.text)) == "person-switched-off"


def test_the_application_hears_why(trust: TestFund) -> None:
    row, _private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    told = signing.declaration(trust.trustee_key, [one()])

    with pytest.raises(Forbidden, match="签名与密钥或清单不符"):
        inbox.hand_in(public_key=row, declaration=told.text, signature=device.make().sign(told.text))


def test_the_application_cannot_mark_or_enrol(trust: TestFund) -> None:
    handed = signing.sign(trust.trustee_key, trust.trustee.pk, [one()])
    with refused(state="42501", using="default"):
        run("default", MARK, (handed.pk,))
    with refused(state="42501", using="default"):
        run("default", ENROL, (trust.actor.pk, trust.trustee.pk, device.make().point, None))


def test_the_vault_cannot_hand_a_signature_in_or_turn_a_key(trust: TestFund) -> None:
    for statement in (
        "INSERT INTO custody_signature (public_key_id, declaration, signature) VALUES (1, '', '')",
        "INSERT INTO custody_approval (fund_id) VALUES (1)",
        "INSERT INTO custody_membership (operator_id) VALUES (1)",
    ):
        with refused(state="42501", using="vault"):
            run("vault", statement)


# ------------------------------------------------------------------------------------------ what a key takes


def test_a_key_that_nobody_signed_is_not_turned() -> None:
    from settlement.decisions import approvals

    desk = make_provider()
    settlement = desk.verified()
    with signing.unsigned(), pytest.raises(Forbidden, match="签署"):
        approvals.approve(settlement_id=settlement.pk, actor=desk.at.committee_key, at=AT)
    assert not Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk).exists()


def typed(trust: TestFund, mark: int | None, **other: object) -> None:
    row: dict[str, object] = {
        "fund_id": trust.fund.pk, "subject_kind": "test", "subject_id": 7, "key": "release",
        "operator_id": trust.trustee_key.pk, "organisation_id": trust.trustee.pk,
        "content_sha256": DIGEST, "given_at": AT, "signed_id": mark,
    } | other  # fmt: skip
    names = ",".join(row)
    places = ",".join(["%s"] * len(row))
    run("default", f"INSERT INTO custody_approval ({names}) VALUES ({places})", list(row.values()))


def test_a_typed_key_needs_the_mark_of_exactly_this(trust: TestFund) -> None:
    mark = signing.mark(trust.trustee_key, trust.trustee.pk, "test", 7, "release", DIGEST)
    other = make_operator(trust.trustee)
    theirs = signing.mark(other, trust.trustee.pk, "test", 7, "release", DIGEST)
    for cited, changed in (
        (None, {}),
        (theirs, {}),
        (mark, {"subject_id": 8}),
        (mark, {"subject_kind": "another"}),
        (mark, {"content_sha256": "e" * 64}),
        (mark, {"operator_id": other.pk}),
    ):
        with refused(constraint="key_is_signed", using="default"):
            typed(trust, cited, **changed)
    typed(trust, mark)
    with refused(state="23505", using="default"):
        typed(trust, mark)


def test_a_mark_of_yesterday_turns_no_key(trust: TestFund) -> None:
    mark = signing.mark(trust.trustee_key, trust.trustee.pk, "test", 7, "release", DIGEST)
    run("owner", "ALTER TABLE custody_signedsubject DISABLE TRIGGER append_only")
    try:
        run(
            "owner",
            "UPDATE custody_signedsubject SET marked_at = marked_at - interval '16 min' WHERE id = %s",
            (mark,),
        )
    finally:
        run("owner", "ALTER TABLE custody_signedsubject ENABLE TRIGGER append_only")
    with refused(constraint="key_is_signed", using="default"):
        typed(trust, mark)


def test_a_key_signed_for_another_organisation_is_none_of_this_one(trust: TestFund) -> None:
    elsewhere = make_fund()
    mark = signing.mark(trust.trustee_key, elsewhere.trustee.pk, "test", 7, "release", DIGEST)
    with refused(constraint="key_is_signed", using="default"):
        typed(trust, mark)


# ---------------------------------------------------------------------------------------------- revocation


@pytest.fixture
def desk(committed_db: None) -> Provider:
    return make_provider()


def revoked(operator: Operator, organisation_id: int, by: Operator) -> PublicKey:
    row, _private = signing.enrolled(operator, organisation_id)
    enrolment.revoke(public_key_id=row.pk, actor=by, reason="手机丢失", at=AT + timedelta(days=60))
    return row


def test_what_a_revoked_key_signed_and_is_not_filed_falls(desk: Provider) -> None:
    settlement = desk.released()
    revoked(desk.at.committee_key, desk.at.committee.pk, by=desk.at.committee_key)

    assert not keys.stands("settlement", settlement.pk, Key.APPROVE)
    assert keys.stands("settlement", settlement.pk, Key.RELEASE)
    with refused(constraint="settlement_needs_two_keys", using="default"):
        run(
            "default", "UPDATE settlement_settlement SET state = 'instructed' WHERE id = %s", (settlement.pk,)
        )


def test_history_still_verifies_after_the_key_is_gone(desk: Provider) -> None:
    desk.released()
    revoked(desk.at.committee_key, desk.at.committee.pk, by=desk.at.trustee_key)

    assert list(proving.unproved(desk.at.fund.pk)) == []


def test_a_revoked_key_marks_nothing_and_is_revoked_once(desk: Provider) -> None:
    row, private = signing.enrolled(desk.at.trustee_key, desk.at.trustee.pk)
    first = enrolment.revoke(public_key_id=row.pk, actor=desk.at.trustee_key, reason="遗失", at=AT)
    told = signing.declaration(desk.at.trustee_key, [one()])

    handed = signing.hand_in(row, told.text, private.sign(told.text))
    assert SignatureRefused.objects.get(signature=handed).code == "key-revoked"
    assert enrolment.revoke(public_key_id=row.pk, actor=desk.at.actor, reason="再", at=AT) == first


def test_a_key_revoked_while_its_signature_is_judged_is_refused_on_record(
    desk: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, private = signing.enrolled(desk.at.trustee_key, desk.at.trustee.pk)
    told = signing.declaration(desk.at.trustee_key, [one()])
    monkeypatch.setattr(marking, "judged", lambda handed, now: marking.verified(handed))
    enrolment.revoke(public_key_id=row.pk, actor=desk.at.trustee_key, reason="遗失", at=AT)

    handed = signing.hand_in(row, told.text, private.sign(told.text))
    assert SignatureRefused.objects.get(signature=handed).code == "key-revoked"
    assert not SignedSubject.objects.filter(signature=handed).exists()


def test_a_stranger_revokes_no_key(desk: Provider) -> None:
    row, _private = signing.enrolled(desk.at.committee_key, desk.at.committee.pk)
    stranger = make_fund().committee_key
    with pytest.raises(Forbidden, match="别的组织"):
        enrolment.revoke(public_key_id=row.pk, actor=stranger, reason="x", at=AT)
    with refused(constraint="revocation_by_its_people", using="default"):
        run(
            "default",
            "INSERT INTO custody_keyrevocation (public_key_id, revoked_by_id, reason, revoked_at)"
            " VALUES (%s, %s, 'x', now())",
            (row.pk, stranger.pk),
        )


# ------------------------------------------------------------------------------------------------ proof


def test_a_key_whose_words_were_changed_behind_the_house_is_named(desk: Provider) -> None:
    settlement = desk.released()
    approval = Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk).earliest("pk")
    run("owner", "ALTER TABLE custody_signature DISABLE TRIGGER append_only")
    try:
        run("owner", REPLACE, ("approve", "release", approval.signed.signature_id))
        assert [each.code for each in proving.unproved(desk.at.fund.pk)] == ["signature-does-not-verify"]
    finally:
        run("owner", REPLACE, ("release", "approve", approval.signed.signature_id))
        run("owner", "ALTER TABLE custody_signature ENABLE TRIGGER append_only")


def test_a_mark_the_vaults_login_made_up_is_named(desk: Provider) -> None:
    """Whoever steals the vault's login can mark what nobody signed; proof from the signatures names it."""
    settlement = desk.verified()
    content = keys.content_digest_of("settlement", settlement.pk)
    handed = signing.sign(desk.at.committee_key, desk.at.committee.pk, [one()])
    with connections["vault"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO custody_signedsubject (signature_id, public_key_id, operator_id, subject_kind,"
            " subject_id, key, content_sha256) VALUES (%s, 1, 1, 'settlement', %s, 'approve', %s)"
            " RETURNING id",
            (handed.pk, settlement.pk, content),
        )
        mark = cursor.fetchone()[0]
    typed(
        desk.at, mark, subject_kind="settlement", subject_id=settlement.pk, key="approve",
        content_sha256=content, operator_id=desk.at.committee_key.pk, organisation_id=desk.at.committee.pk,
    )  # fmt: skip

    assert [each.code for each in proving.unproved(desk.at.fund.pk)] == ["signed-something-else"]


def test_a_key_enrolled_on_marks_made_up_proves_nothing(desk: Provider) -> None:
    """The thief's own device, enrolled in the committee's name on forged marks: whatever it signs is good."""
    settlement = desk.verified()
    content = keys.content_digest_of("settlement", settlement.pk)
    zhang, thief = desk.at.committee_key, device.make()
    signing.enrolled(zhang, desk.at.committee.pk)
    second = make_operator(desk.at.committee)
    proposal = enrolment.propose_key(
        operator=zhang, method=Method.DEVICE, point=thief.point, actor=desk.at.actor, at=AT
    )
    for signer, organisation in ((second, desk.at.committee), (desk.at.trustee_key, desk.at.trustee)):
        handed = signing.sign(signer, organisation.pk, [one()])
        run("vault", FORGE, (handed.pk, proposal.pk, keys.content_digest_of("enrolment", proposal.pk)))
    row = marking.enrol_proposed(proposal.pk)
    assert row is not None
    told = signing.declaration(zhang, [Signed("settlement", settlement.pk, "approve", content)])
    handed = signing.hand_in(row, told.text, thief.sign(told.text))
    typed(
        desk.at, SignedSubject.objects.get(signature=handed).pk, subject_kind="settlement",
        subject_id=settlement.pk, key="approve", content_sha256=content, operator_id=zhang.pk,
        organisation_id=desk.at.committee.pk,
    )  # fmt: skip

    assert [each.code for each in proving.unproved(desk.at.fund.pk)] == ["key-not-enrolled"]
    with pytest.raises(Conflict, match="两人的签名"):
        proving.refuse_unproved("settlement", settlement.pk, using="vault")


def test_a_key_two_people_enrolled_proves_what_it_turns(desk: Provider) -> None:
    settlement = desk.verified()
    content = keys.content_digest_of("settlement", settlement.pk)
    zhang, phone = desk.at.committee_key, device.make()
    signing.enrolled(zhang, desk.at.committee.pk)
    second = make_operator(desk.at.committee)
    proposal = enrolment.propose_key(
        operator=zhang, method=Method.DEVICE, point=phone.point, actor=desk.at.actor, at=AT
    )
    asked = keys.content_digest_of("enrolment", proposal.pk)
    for signer, organisation in ((second, desk.at.committee), (desk.at.trustee_key, desk.at.trustee)):
        signing.sign(signer, organisation.pk, [Signed("enrolment", proposal.pk, "release", asked)])
    row = PublicKey.objects.get(enrolment=proposal)
    told = signing.declaration(zhang, [Signed("settlement", settlement.pk, "approve", content)])
    handed = signing.hand_in(row, told.text, phone.sign(told.text))
    typed(
        desk.at, SignedSubject.objects.get(signature=handed).pk, subject_kind="settlement",
        subject_id=settlement.pk, key="approve", content_sha256=content, operator_id=zhang.pk,
        organisation_id=desk.at.committee.pk,
    )  # fmt: skip

    assert list(proving.unproved(desk.at.fund.pk)) == []


def test_a_mark_that_nobody_signed_sends_no_payment_file(
    desk: Provider, settings: Settings, tmp_path: Path
) -> None:
    settings.BANK_OUTBOX = tmp_path
    settlement = desk.released()
    batch = filing.instruct(
        fund_id=desk.at.fund.pk, settlement_ids=[settlement.pk], execute_on=PAY_ON, actor=desk.at.actor, at=AT
    )
    approval = Approval.objects.filter(subject_kind="settlement", subject_id=settlement.pk).latest("pk")
    run("owner", "ALTER TABLE custody_signature DISABLE TRIGGER append_only")
    run("owner", REPLACE, ("release", "approve", approval.signed.signature_id))
    try:
        with pytest.raises(Conflict, match="签名与密钥或清单不符"):
            sending.send_batch(batch_id=batch.pk, at=AT)
        assert not list(tmp_path.rglob("*.xml"))
    finally:
        run("owner", REPLACE, ("approve", "release", approval.signed.signature_id))
        run("owner", "ALTER TABLE custody_signature ENABLE TRIGGER append_only")
    assert sending.send_batch(batch_id=batch.pk, at=AT)
