-- Signatures: what was handed in, which public keys are enrolled, and the vault's marks. PostgreSQL cannot check a
-- signature; it holds who may say that one is good, on what, when, and that what was said stays.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['custody_keyenrolment', 'custody_publickey', 'custody_keyrevocation', 'custody_signature',
                                'custody_signedsubject', 'custody_usednonce', 'custody_signaturerefused',
                                'custody_vaultnote'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
CALL custody_judged_by_what_is_committed(ARRAY['custody_publickey', 'custody_keyrevocation', 'custody_signedsubject']);

ALTER TABLE custody_publickey ADD CONSTRAINT public_key_is_a_point CHECK (length(point) = 65 AND get_byte(point, 0) = 4);
ALTER TABLE custody_keyenrolment ADD CONSTRAINT enrolled_is_a_point CHECK (length(point) = 65 AND get_byte(point, 0) = 4);

-- Minutes a mark may wait for the act it was made for. The only place of this figure (docs/limits.md).
CREATE FUNCTION custody_mark_minutes() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 15 $$;

-- A key signs until it is revoked: whoever marks or turns it and whoever revokes it wait for one another.
CREATE FUNCTION custody_lock_public_key(p_key bigint, p_to_revoke boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_to_revoke THEN
        PERFORM pg_advisory_xact_lock(hashtext('public key'), (p_key % 2147483647)::int);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtext('public key'), (p_key % 2147483647)::int);
    END IF;
END $$;

CREATE FUNCTION custody_key_revoked(p_key bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM custody_keyrevocation r WHERE r.public_key_id = p_key)
$$;

-- What is handed in is dated by the house's clock, and the vault is told.
CREATE FUNCTION custody_signature_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.handed_at := custody_now();
    PERFORM pg_notify('custody_vault', NEW.id::text);
    RETURN NEW;
END $$;
CREATE TRIGGER signature_guard BEFORE INSERT ON custody_signature
    FOR EACH ROW EXECUTE FUNCTION custody_signature_guard();

CREATE FUNCTION custody_signature_refused_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.refused_at := custody_now();
    RETURN NEW;
END $$;
CREATE FUNCTION custody_vault_note_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.noted_at := custody_now();
    RETURN NEW;
END $$;
CREATE TRIGGER vault_note_dated BEFORE INSERT ON custody_vaultnote
    FOR EACH ROW EXECUTE FUNCTION custody_vault_note_dated();
CREATE TRIGGER signature_refused_dated BEFORE INSERT ON custody_signaturerefused
    FOR EACH ROW EXECUTE FUNCTION custody_signature_refused_dated();

-- A mark is of the person whose key signed, dated by the house's clock; a revoked key marks nothing.
CREATE FUNCTION custody_mark_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT k.id, k.operator_id INTO NEW.public_key_id, NEW.operator_id
      FROM custody_signature s JOIN custody_publickey k ON k.id = s.public_key_id
     WHERE s.id = NEW.signature_id;
    PERFORM custody_lock_public_key(NEW.public_key_id, false);
    IF custody_key_revoked(NEW.public_key_id) THEN
        RAISE EXCEPTION 'public key % is revoked', NEW.public_key_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revoked_key_signs_nothing';
    END IF;
    NEW.marked_at := custody_now();
    RETURN NEW;
END $$;
CREATE TRIGGER mark_guard BEFORE INSERT ON custody_signedsubject
    FOR EACH ROW EXECUTE FUNCTION custody_mark_guard();

-- The mark that turns this key on this content now: fresh, of this person's unrevoked key for this organisation, and
-- not used yet. Null when there is none.
CREATE FUNCTION custody_fresh_mark(p_operator bigint, p_organisation bigint, p_kind text, p_subject bigint, p_key text,
                                   p_content text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT max(m.id) FROM custody_signedsubject m
      JOIN custody_publickey k ON k.id = m.public_key_id AND k.organisation_id = p_organisation
     WHERE m.subject_kind = p_kind AND m.subject_id = p_subject AND m.key = p_key AND m.content_sha256 = p_content
       AND m.operator_id = p_operator AND m.marked_at > custody_now() - make_interval(mins => custody_mark_minutes())
       AND NOT custody_key_revoked(k.id)
       AND NOT EXISTS (SELECT FROM custody_approval a WHERE a.signed_id = m.id)
$$;

-- A key is taken out of use by its holder, or by anybody of its organisation or of a trust company who may turn or
-- enrol keys there: at once, and for good.
CREATE FUNCTION custody_revocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF btrim(NEW.reason) = '' THEN
        RAISE EXCEPTION 'a key is revoked with a reason'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_says_why';
    END IF;
    PERFORM custody_lock_public_key(NEW.public_key_id, true);
    NEW.revoked_at := custody_recorded(NEW.revoked_at);
    PERFORM FROM custody_publickey k
     WHERE k.id = NEW.public_key_id AND (k.operator_id = NEW.revoked_by_id OR EXISTS (
        SELECT FROM custody_membership m
          JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
          JOIN custody_organisation o ON o.id = m.organisation_id
          JOIN custody_permit t ON t.act = 'revoke_key' AND t.organisation_kind = o.kind AND t.role = m.role
         WHERE m.operator_id = NEW.revoked_by_id AND (o.id = k.organisation_id OR o.kind = 'trustee')
           AND daterange(m.valid_from, m.valid_until) @> (NEW.revoked_at AT TIME ZONE 'Asia/Shanghai')::date));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % may not revoke public key %', NEW.revoked_by_id, NEW.public_key_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'revocation_by_its_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revocation_guard BEFORE INSERT ON custody_keyrevocation
    FOR EACH ROW EXECUTE FUNCTION custody_revocation_guard();
