-- Whose public key is enrolled, and on whose word: two signatures of two people, never the newcomer's, and for a
-- committee never the trust company's alone.

-- What both signatures on a proposed key are bound to.
CREATE FUNCTION custody_enrolment_content(p_enrolment bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('enrolment-1', e.id, u.username, o.kind, o.name, o.id, e.method,
               encode(e.point, 'hex'), encode(e.credential_id, 'hex'))::text, 'UTF8')), 'hex')
      FROM custody_keyenrolment e
      JOIN custody_operator u ON u.id = e.operator_id
      JOIN custody_organisation o ON o.id = e.organisation_id
     WHERE e.id = p_enrolment
$$;

CREATE FUNCTION custody_enrolment_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.proposed_at := custody_recorded(NEW.proposed_at);
    RETURN NEW;
END $$;
CREATE TRIGGER enrolment_dated BEFORE INSERT ON custody_keyenrolment
    FOR EACH ROW EXECUTE FUNCTION custody_enrolment_dated();

-- True when this organisation is a party, today, to a fund of this other organisation.
CREATE FUNCTION custody_share_a_fund(p_one bigint, p_other bigint, p_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_fundparty a JOIN custody_fundparty b ON b.fund_id = a.fund_id AND b.organisation_id = p_other
         WHERE a.organisation_id = p_one
           AND daterange(a.valid_from, a.valid_until) @> p_on AND daterange(b.valid_from, b.valid_until) @> p_on)
$$;

-- True when no fund of the one that has begun is without the other today. A fund that the application opens, to bring the
-- one together with a committee of its choice, lets that committee say nothing about the others.
CREATE FUNCTION custody_in_all_its_funds(p_one bigint, p_other bigint, p_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM custody_fundparty a
         WHERE a.organisation_id = p_one AND daterange(a.valid_from, a.valid_until) @> p_on
           AND EXISTS (SELECT FROM custody_entry e WHERE e.fund_id = a.fund_id)
           AND NOT EXISTS (SELECT FROM custody_fundparty b WHERE b.fund_id = a.fund_id AND b.organisation_id = p_other
                              AND daterange(b.valid_from, b.valid_until) @> p_on))
$$;

-- Which organisations' people signed this proposal as it stands, with keys that are good today.
CREATE FUNCTION custody_enrolment_signers(p_enrolment bigint)
RETURNS TABLE (operator_id bigint, organisation_id bigint, kind text) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT k.operator_id, k.organisation_id, o.kind
      FROM custody_keyenrolment e
      JOIN custody_signedsubject s ON s.subject_kind = 'enrolment' AND s.subject_id = e.id
           AND s.content_sha256 = custody_enrolment_content(e.id)
      JOIN custody_publickey k ON k.id = s.public_key_id AND k.operator_id <> e.operator_id
      JOIN custody_organisation o ON o.id = k.organisation_id
      JOIN custody_operator u ON u.id = k.operator_id AND u.is_active
      JOIN custody_membership m ON m.operator_id = k.operator_id AND m.organisation_id = k.organisation_id
           AND m.role = 'keyholder'
           AND daterange(m.valid_from, m.valid_until) @> (custody_now() AT TIME ZONE 'Asia/Shanghai')::date
     WHERE e.id = p_enrolment AND NOT custody_key_revoked(k.id)
$$;

-- Whether two people's signatures enrol this key. A trust company's: two of its own. Any other's: a key of the trust
-- company of one of its funds, and one already enrolled for the organisation itself; its first, a key of the committee
-- or protector of the same fund, of all its funds that have begun. Before the first entry of every fund it is a party
-- to, two of the trust company do.
CREATE FUNCTION custody_enrolment_stands(p_enrolment bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_or(CASE
        WHEN o.kind = 'trustee' THEN a.organisation_id = o.id AND b.organisation_id = o.id
        WHEN b.kind <> 'trustee' OR NOT custody_share_a_fund(o.id, b.organisation_id, d.today) THEN false
        WHEN EXISTS (SELECT FROM custody_publickey k WHERE k.organisation_id = o.id) THEN a.organisation_id = o.id
        WHEN a.kind IN ('committee', 'protector') THEN custody_share_a_fund(o.id, a.organisation_id, d.today)
             AND custody_in_all_its_funds(o.id, a.organisation_id, d.today)
        ELSE a.organisation_id = b.organisation_id AND NOT EXISTS (
            SELECT FROM custody_fundparty p JOIN custody_entry e ON e.fund_id = p.fund_id WHERE p.organisation_id = o.id)
        END), false)
      FROM custody_keyenrolment n
      JOIN custody_organisation o ON o.id = n.organisation_id
     CROSS JOIN (SELECT (custody_now() AT TIME ZONE 'Asia/Shanghai')::date AS today) d
      JOIN custody_membership m ON m.operator_id = n.operator_id AND m.organisation_id = o.id AND m.role = 'keyholder'
           AND daterange(m.valid_from, m.valid_until) @> d.today
     CROSS JOIN custody_enrolment_signers(n.id) a CROSS JOIN custody_enrolment_signers(n.id) b
     WHERE n.id = p_enrolment AND a.operator_id <> b.operator_id
$$;

-- The vault enrols exactly what two people signed. The tables' owner seats the first two of a trust company, and the
-- people of a demonstration: nothing in the database stands against the owner.
CREATE FUNCTION custody_public_key_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.enrolled_at := custody_now();
    IF current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
        RETURN NEW;
    END IF;
    PERFORM custody_lock_public_key(k.id, false)
       FROM (SELECT DISTINCT s.public_key_id AS id FROM custody_signedsubject s
              WHERE s.subject_kind = 'enrolment' AND s.subject_id = NEW.enrolment_id ORDER BY 1) k;
    PERFORM FROM custody_keyenrolment e
      WHERE e.id = NEW.enrolment_id AND e.operator_id = NEW.operator_id AND e.organisation_id = NEW.organisation_id
        AND e.method = NEW.method AND e.point = NEW.point AND e.credential_id = NEW.credential_id;
    IF NOT FOUND OR NOT custody_enrolment_stands(NEW.enrolment_id) THEN
        RAISE EXCEPTION 'public key of operator % is not enrolled by two signatures', NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_enrolled_by_two_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER public_key_guard BEFORE INSERT ON custody_publickey
    FOR EACH ROW EXECUTE FUNCTION custody_public_key_guard();
