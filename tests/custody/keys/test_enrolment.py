"""Whose public key counts: two people sign for it, the trust company alone seats nobody on a committee."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from custody.kernel.errors import Conflict, Forbidden, Rejected
from custody.keys import content_digest_of, enrolment, proving
from custody.models import FundParty, KeyEnrolment, Method, Operator, Organisation, PublicKey, Signature
from custody.vault import device, marking
from custody.vault.declaration import Signed
from tests import signing
from tests.custody.ledger.raw import refused, run
from tests.factories import AT, TestFund, make_fund, make_operator, seat, unique

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def trust(committed_db: None) -> TestFund:
    """Before its first entry."""
    return make_fund()


def proposed(operator: Operator, by: Operator) -> KeyEnrolment:
    return enrolment.propose_key(
        operator=operator, method=Method.DEVICE, point=device.make().point, actor=by, at=AT
    )


def signed_by(proposal: KeyEnrolment, operator: Operator, organisation: Organisation) -> bool:
    """Sign it; answers whether the key is enrolled now."""
    content = content_digest_of("enrolment", proposal.pk)
    signing.sign(operator, organisation.pk, [Signed("enrolment", proposal.pk, "release", content)])
    return PublicKey.objects.filter(enrolment=proposal).exists()


def test_a_committees_next_key_takes_one_of_its_own_and_one_of_the_trust_company(trust: TestFund) -> None:
    trust.fill("100")
    signing.enrolled(trust.committee_key, trust.committee.pk)
    proposal = proposed(make_operator(trust.committee), trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert not signed_by(proposal, make_operator(trust.trustee), trust.trustee)
    assert not signed_by(proposal, make_operator(trust.protector), trust.protector)
    assert signed_by(proposal, trust.committee_key, trust.committee)


def test_a_committees_first_key_takes_the_protectors(trust: TestFund) -> None:
    trust.fill("100")
    proposal = proposed(trust.committee_key, trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert not signed_by(proposal, make_operator(trust.trustee), trust.trustee)
    assert signed_by(proposal, make_operator(trust.protector), trust.protector)


def test_before_the_first_entry_two_of_the_trust_company_seat_the_first(trust: TestFund) -> None:
    proposal = proposed(trust.committee_key, trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert signed_by(proposal, make_operator(trust.trustee), trust.trustee)


def test_another_estates_people_sign_for_nobody_here(trust: TestFund) -> None:
    trust.fill("100")
    elsewhere = make_fund()
    proposal = proposed(trust.committee_key, trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert not signed_by(proposal, elsewhere.committee_key, elsewhere.committee)
    assert not signed_by(proposal, make_operator(elsewhere.protector), elsewhere.protector)
    assert not signed_by(proposal, elsewhere.trustee_key, elsewhere.trustee)


def test_a_fund_opened_for_it_brings_no_strangers_word(trust: TestFund) -> None:
    """The application opens a fund and puts this estate's protector into it beside a committee of its choice:
    whose key would seat the protector's first, and the protector's the committee's here."""
    trust.fill("100")
    elsewhere = make_fund()
    for each in (trust.protector, trust.trustee):
        FundParty.objects.create(fund=elsewhere.fund, organisation=each, valid_from=date(2020, 1, 1))
    proposal = proposed(make_operator(trust.protector), trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert not signed_by(proposal, make_operator(trust.trustee), trust.trustee)
    assert not signed_by(proposal, elsewhere.committee_key, elsewhere.committee)
    assert signed_by(proposal, trust.committee_key, trust.committee)


def test_nobody_signs_for_their_own_key(trust: TestFund) -> None:
    newcomer = make_operator(trust.trustee)
    proposal = proposed(newcomer, newcomer)

    assert not signed_by(proposal, newcomer, trust.trustee)
    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert signed_by(proposal, make_operator(trust.trustee), trust.trustee)


def test_one_person_is_not_two(trust: TestFund) -> None:
    proposal = proposed(make_operator(trust.trustee), trust.actor)

    assert not signed_by(proposal, trust.trustee_key, trust.trustee)
    assert not signed_by(proposal, trust.trustee_key, trust.trustee)


def test_the_vault_enrols_no_other_key_than_was_signed(trust: TestFund) -> None:
    newcomer = make_operator(trust.trustee)
    proposal = proposed(newcomer, trust.actor)
    row = [newcomer.pk, trust.trustee.pk, bytes(proposal.point), proposal.pk]
    insert = (
        "INSERT INTO custody_publickey (operator_id, organisation_id, method, point, credential_id,"
        " enrolment_id) VALUES (%s, %s, 'device', %s, '', %s)"
    )
    with refused(constraint="key_enrolled_by_two_people", using="vault"):
        run("vault", insert, row)
    signed_by(proposal, trust.trustee_key, trust.trustee)
    content = content_digest_of("enrolment", proposal.pk)
    other = make_operator(trust.trustee)
    for changed in (
        [other.pk, *row[1:]],
        [row[0], trust.committee.pk, *row[2:]],
        [*row[:2], device.make().point, row[3]],
        [*row[:3], None],
    ):
        with refused(constraint="key_enrolled_by_two_people", using="vault"):
            run("vault", insert, changed)
    assert content == content_digest_of("enrolment", proposal.pk)


def test_a_key_being_revoked_enrols_nobody_meanwhile(
    trust: TestFund, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever revokes and whoever enrols on that key's word wait for one another."""
    proposal = proposed(make_operator(trust.trustee), trust.actor)
    second = make_operator(trust.trustee)
    monkeypatch.setattr(marking, "enrol_proposed", lambda number: None)
    for holder in (trust.trustee_key, second):
        assert not signed_by(proposal, holder, trust.trustee)
    monkeypatch.undo()
    key, _private = signing.enrolled(second, trust.trustee.pk)

    with transaction.atomic():
        enrolment.revoke(public_key_id=key.pk, actor=second, reason="遗失", at=AT)
        with refused(state="55P03", using="vault"):
            run("vault", "SET LOCAL lock_timeout = '300ms'")
            marking.enrol_proposed(proposal.pk)
    assert marking.enrol_proposed(proposal.pk) is None


def test_a_proposal_is_of_a_keyholder_and_a_point(trust: TestFund) -> None:
    with pytest.raises(Forbidden, match="持钥人"):
        proposed(trust.provider_clerk, trust.actor)
    with pytest.raises(Rejected, match="P-256"):
        enrolment.propose_key(
            operator=trust.trustee_key, method=Method.DEVICE, point=bytes(65), actor=trust.actor, at=AT
        )
    known, _private = signing.enrolled(trust.trustee_key, trust.trustee.pk)
    with pytest.raises(Conflict, match=trust.trustee_key.username):
        enrolment.propose_key(
            operator=trust.trustee_key,
            method=Method.DEVICE,
            point=bytes(known.point),
            actor=trust.actor,
            at=AT,
        )


def test_a_person_whose_name_no_declaration_can_say_is_told_so(trust: TestFund) -> None:
    holder = Operator.objects.using("owner").create(username=unique("王敏"))
    seat(holder, trust.trustee, "keyholder", valid_from=date(2020, 1, 1))
    with pytest.raises(Rejected, match=holder.username):
        proposed(holder, trust.actor)


def test_the_same_proposal_is_one(trust: TestFund) -> None:
    point = device.make().point
    both = [
        enrolment.propose_key(
            operator=trust.trustee_key, method=Method.DEVICE, point=point, actor=trust.actor, at=AT
        ).pk
        for _again in range(2)
    ]
    assert both[0] == both[1]


# ---------------------------------------------------------------------------------------------- by commands


def said(command: str, *arguments: object) -> str:
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


def made(path: Path) -> str:
    """A key file; answers its public half."""
    return said("make_key", "--out", path).split()[-1]


def test_a_house_is_founded_and_a_committee_seated_by_commands(
    trust: TestFund, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_PASSPHRASE", "correct horse")
    second = make_operator(trust.trustee)
    files = {}
    for holder in (trust.trustee_key, second):
        files[holder] = tmp_path / f"{holder.username}.pem"
        said("seat_key", "--actor", holder.username, "--point", made(files[holder]))
    third = make_operator(trust.trustee)
    with pytest.raises(CommandError, match="enrol_key"):
        said("seat_key", "--actor", third.username, "--point", made(tmp_path / "third.pem"))
    with pytest.raises(CommandError, match="enrol_key"):
        said("seat_key", "--actor", trust.committee_key.username, "--point", made(tmp_path / "c0.pem"))

    point = made(tmp_path / "committee.pem")
    asked = ("--operator", trust.committee_key.username, "--point", point, "--actor", trust.actor.username)
    number = said("enrol_key", *asked).split(" ")[1].strip("，").split("，")[0]
    for holder in (trust.trustee_key, second):
        told = said("enrol_key", "--number", number, "--key-file", files[holder], "--actor", holder.username)
    assert "已登记" in told

    row = PublicKey.objects.get(operator=trust.committee_key)
    assert bytes(row.point).hex() == point
    assert row not in proving.unenrolled()
    told = said("revoke_key", row.pk, "--reason", "遗失", "--actor", trust.committee_key.username)
    assert "注销" in told
    assert "未获证明 0 次" in said("verify_keys", "--fund", trust.fund.code)


def test_what_is_not_as_asked_is_told(
    trust: TestFund, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = ("--actor", trust.trustee_key.username)
    monkeypatch.setenv("KEY_PASSPHRASE", "correct horse")
    made(tmp_path / "a.pem")
    with pytest.raises(CommandError, match="File exists"):
        made(tmp_path / "a.pem")
    with pytest.raises(CommandError, match="130"):
        said("enrol_key", "--operator", trust.trustee_key.username, "--point", "zz", *who)
    with pytest.raises(CommandError, match="--key-file"):
        said("enrol_key", "--number", 1, *who)
    with pytest.raises(CommandError, match="没有编号"):
        said("enrol_key", "--number", 10**9, "--key-file", tmp_path / "a.pem", *who)
    with pytest.raises(CommandError, match="没有编号"):
        said("revoke_key", 10**9, "--reason", "x", *who)
    proposal = proposed(trust.trustee_key, trust.actor)
    with pytest.raises(CommandError, match="已登记且在用"):
        said("enrol_key", "--number", proposal.pk, "--key-file", tmp_path / "a.pem", *who)
    with pytest.raises(CommandError, match=r"missing\.pem"):
        said("enrol_key", "--number", proposal.pk, "--key-file", tmp_path / "missing.pem", *who)
    monkeypatch.delenv("KEY_PASSPHRASE")
    with pytest.raises(CommandError, match="KEY_PASSPHRASE"):
        made(tmp_path / "b.pem")


def test_a_rehearsed_enrolment_proposes_and_signs_nothing(
    trust: TestFund, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_PASSPHRASE", "correct horse")
    holder = trust.trustee_key.username
    asked = ("--operator", holder, "--point", made(tmp_path / "a.pem"), "--actor", trust.actor.username)
    proposal = proposed(trust.trustee_key, trust.actor)
    signing = ("--number", proposal.pk, "--key-file", tmp_path / "a.pem", "--actor", holder)
    before = [model.objects.count() for model in (KeyEnrolment, Signature, PublicKey)]

    told = said("enrol_key", *asked, "--dry-run"), said("enrol_key", *signing, "--dry-run")

    assert [("未写入" in each) for each in told] == [True, True]
    assert [model.objects.count() for model in (KeyEnrolment, Signature, PublicKey)] == before
