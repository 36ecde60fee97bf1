-- Programs: a token is made by people of its own organisation for that organisation's machine, dated here, and ends
-- within a year; tokens, revocations and answers stay as written.

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_apitoken
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_apitokenrevocation
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_keptanswer
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Whether somebody acts for an organisation on a day, in a role that permits the act.
CREATE FUNCTION custody_permitted_for(p_act text, p_operator bigint, p_organisation bigint, p_on date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_membership m
          JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
          JOIN custody_organisation o ON o.id = m.organisation_id
          JOIN custody_permit t ON t.act = p_act AND t.organisation_kind = o.kind AND t.role = m.role
         WHERE m.operator_id = p_operator AND m.organisation_id = p_organisation
           AND daterange(m.valid_from, m.valid_until) @> p_on)
$$;

CREATE FUNCTION custody_token_issued() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date;
BEGIN
    NEW.issued_at := custody_now();
    v_on := (NEW.issued_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT custody_permitted_for('issue_token', NEW.issued_by_id, NEW.organisation_id, v_on) THEN
        RAISE EXCEPTION 'operator % may issue no token of organisation %', NEW.issued_by_id, NEW.organisation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'token_of_the_own_organisation';
    ELSIF NOT EXISTS (SELECT FROM custody_membership m WHERE m.operator_id = NEW.operator_id AND m.role = 'machine'
                         AND m.organisation_id = NEW.organisation_id
                         AND daterange(m.valid_from, m.valid_until) @> v_on) THEN
        RAISE EXCEPTION 'operator % is no machine of organisation %', NEW.operator_id, NEW.organisation_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'token_acts_as_a_machine';
    ELSIF NEW.expires_on <= v_on OR NEW.expires_on > v_on + 366 THEN
        RAISE EXCEPTION 'a token ends within a year, not on %', NEW.expires_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'token_ends_within_a_year';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER issued BEFORE INSERT ON custody_apitoken
    FOR EACH ROW EXECUTE FUNCTION custody_token_issued();

-- By people of its organisation, or of a trust company.
CREATE FUNCTION custody_token_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date;
BEGIN
    NEW.revoked_at := custody_now();
    v_on := (NEW.revoked_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT EXISTS (
        SELECT FROM custody_membership m JOIN custody_organisation o ON o.id = m.organisation_id
          JOIN custody_apitoken t ON t.id = NEW.token_id
         WHERE m.operator_id = NEW.revoked_by_id AND (o.id = t.organisation_id OR o.kind = 'trustee')
           AND custody_permitted_for('revoke_token', m.operator_id, o.id, v_on)) THEN
        RAISE EXCEPTION 'operator % may not revoke token %', NEW.revoked_by_id, NEW.token_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'token_revoked_by_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revoked BEFORE INSERT ON custody_apitokenrevocation
    FOR EACH ROW EXECUTE FUNCTION custody_token_revoked();
