-- The two keys (双密码): who may turn which, and whether both stand on one content.

-- A key stands unless it was taken back, or the public key that signed it was revoked.
CREATE FUNCTION custody_key_stands(p_approval bigint, p_signed bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (SELECT FROM custody_approvalwithdrawal w WHERE w.approval_id = p_approval)
       AND NOT EXISTS (SELECT FROM custody_signedsubject m JOIN custody_keyrevocation r ON r.public_key_id = m.public_key_id
                        WHERE m.id = p_signed)
$$;

-- A row that only says so is no key: it cites the vault's fresh mark on this person's signature over this content, for
-- this organisation, and no other key cites it (signed_id is unique).
CREATE FUNCTION custody_refuse_unsigned(p_key custody_approval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_public_key bigint;
BEGIN
    SELECT m.public_key_id INTO v_public_key
      FROM custody_signedsubject m
      JOIN custody_publickey k ON k.id = m.public_key_id AND k.organisation_id = p_key.organisation_id
     WHERE m.id = p_key.signed_id AND m.operator_id = p_key.operator_id AND m.subject_kind = p_key.subject_kind
       AND m.subject_id = p_key.subject_id AND m.key = p_key.key AND m.content_sha256 = p_key.content_sha256
       AND m.marked_at > custody_now() - make_interval(mins => custody_mark_minutes());
    IF FOUND THEN
        PERFORM custody_lock_public_key(v_public_key, false);
    END IF;
    IF v_public_key IS NULL OR custody_key_revoked(v_public_key) THEN
        RAISE EXCEPTION 'the % key on % % is signed by nobody', p_key.key, p_key.subject_kind, p_key.subject_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_is_signed';
    END IF;
END $$;

-- Who turned a key must, on that day, be a keyholder of that organisation; the organisation must be a party to the
-- fund's deed of the kind the key asks for; and no person or organisation supplies both keys.
CREATE FUNCTION custody_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_kind text;
    v_on date;
BEGIN
    NEW.given_at := custody_recorded(NEW.given_at);
    v_on := (NEW.given_at AT TIME ZONE 'Asia/Shanghai')::date;
    SELECT o.kind INTO v_kind
      FROM custody_membership m
      JOIN custody_organisation o ON o.id = m.organisation_id
      JOIN custody_fundparty p ON p.organisation_id = o.id AND p.fund_id = NEW.fund_id
      JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
     WHERE m.operator_id = NEW.operator_id AND m.organisation_id = NEW.organisation_id AND m.role = 'keyholder'
       AND daterange(m.valid_from, m.valid_until) @> v_on
       AND daterange(p.valid_from, p.valid_until) @> v_on;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % holds no key for organisation %, or it is no party to fund %',
            NEW.operator_id, NEW.organisation_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_by_a_party_to_the_deed';
    ELSIF v_kind IS DISTINCT FROM
          (CASE NEW.key WHEN 'approve' THEN 'committee' WHEN 'release' THEN 'trustee' END) THEN
        RAISE EXCEPTION 'the % key is not held by a %', NEW.key, v_kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_held_by_its_organisation';
    END IF;
    -- Serialise keys on one subject, then look for the same hand behind both.
    PERFORM pg_advisory_xact_lock(hashtext('approval:' || NEW.subject_kind), (NEW.subject_id % 2147483647)::int);
    PERFORM FROM custody_approval a
     WHERE a.subject_kind = NEW.subject_kind AND a.subject_id = NEW.subject_id AND custody_key_stands(a.id, a.signed_id)
       AND a.content_sha256 = NEW.content_sha256 AND a.key <> NEW.key
       AND (a.operator_id = NEW.operator_id OR a.organisation_id = NEW.organisation_id);
    IF FOUND THEN
        RAISE EXCEPTION 'both keys of % % would be in one hand', NEW.subject_kind, NEW.subject_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'keys_in_two_hands';
    END IF;
    PERFORM custody_refuse_unsigned(NEW);
    RETURN NEW;
END $$;

CREATE TRIGGER approval_guard BEFORE INSERT ON custody_approval
    FOR EACH ROW EXECUTE FUNCTION custody_approval_guard();

-- A key is taken back by the trust company's or the committee's people of that fund, with a reason.
CREATE FUNCTION custody_withdrawal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date;
BEGIN
    NEW.withdrawn_at := custody_recorded(NEW.withdrawn_at);
    v_on := (NEW.withdrawn_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF btrim(NEW.reason) = '' THEN
        RAISE EXCEPTION 'a key is taken back with a reason'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_says_why';
    END IF;
    PERFORM FROM custody_approval a
      JOIN custody_fundparty p ON p.fund_id = a.fund_id AND daterange(p.valid_from, p.valid_until) @> v_on
      JOIN custody_organisation o ON o.id = p.organisation_id AND o.kind IN ('committee', 'trustee')
      JOIN custody_membership m ON m.organisation_id = o.id AND m.operator_id = NEW.operator_id
           AND daterange(m.valid_from, m.valid_until) @> v_on
      JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
     WHERE a.id = NEW.approval_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % acts for no keyholding party to the deed', NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_by_a_party_to_the_deed';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER withdrawal_guard BEFORE INSERT ON custody_approvalwithdrawal
    FOR EACH ROW EXECUTE FUNCTION custody_withdrawal_guard();

-- True when this key stands on exactly this content.
CREATE FUNCTION custody_key_turned(p_fund bigint, p_kind text, p_subject bigint, p_key text, p_content text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_approval a
         WHERE a.fund_id = p_fund AND a.subject_kind = p_kind AND a.subject_id = p_subject AND a.key = p_key
           AND a.content_sha256 = p_content AND custody_key_stands(a.id, a.signed_id))
$$;

-- True when at one moment both keys stood on this content, in two hands, and neither was taken back: for what takes effect
-- with the second key and stays. A public key revoked afterwards undoes nothing that its owner's signature had done.
CREATE FUNCTION custody_both_keys_stood(p_fund bigint, p_kind text, p_subject bigint, p_content text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_approval a
          JOIN custody_approval b ON b.fund_id = a.fund_id AND b.subject_kind = a.subject_kind AND b.subject_id = a.subject_id
               AND b.content_sha256 = a.content_sha256 AND b.key = 'release'
               AND b.operator_id <> a.operator_id AND b.organisation_id <> a.organisation_id
         WHERE a.fund_id = p_fund AND a.subject_kind = p_kind AND a.subject_id = p_subject AND a.key = 'approve'
           AND a.content_sha256 = p_content
           AND NOT EXISTS (SELECT FROM custody_approvalwithdrawal w WHERE w.approval_id IN (a.id, b.id))
           AND NOT EXISTS (SELECT FROM custody_signedsubject m JOIN custody_keyrevocation r ON r.public_key_id = m.public_key_id
                            WHERE m.id IN (a.signed_id, b.signed_id) AND r.revoked_at < greatest(a.given_at, b.given_at)))
$$;

-- True when two different people of two different organisations turned the two keys on this content, and both stand.
CREATE FUNCTION custody_both_keys_turned(p_fund bigint, p_kind text, p_subject bigint, p_content text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_approval a
          JOIN custody_approval b ON b.fund_id = a.fund_id AND b.subject_kind = a.subject_kind AND b.subject_id = a.subject_id
               AND b.content_sha256 = a.content_sha256 AND b.key = 'release'
               AND b.operator_id <> a.operator_id AND b.organisation_id <> a.organisation_id
         WHERE a.fund_id = p_fund AND a.subject_kind = p_kind AND a.subject_id = p_subject AND a.key = 'approve'
           AND a.content_sha256 = p_content AND custody_key_stands(a.id, a.signed_id) AND custody_key_stands(b.id, b.signed_id))
$$;
