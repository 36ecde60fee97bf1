-- Organisations, memberships and parties to a deed: dated, ended once, never rewritten.

-- A person belongs to exactly one organisation at a time (the range trick needs no extension).
ALTER TABLE custody_membership ADD CONSTRAINT membership_one_at_a_time EXCLUDE USING gist (
    int8range(operator_id, operator_id, '[]') WITH &&,
    daterange(valid_from, valid_until) WITH &&);

-- An organisation is what it is, and a membership or a part in a deed can only be ended, once.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_organisation
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION custody_only_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_until IS NOT NULL OR to_jsonb(NEW) - 'valid_until' <> to_jsonb(OLD) - 'valid_until' THEN
        RAISE EXCEPTION '% may only be ended, once', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'only_ended';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER only_ended BEFORE UPDATE ON custody_membership
    FOR EACH ROW EXECUTE FUNCTION custody_only_ended();
CREATE TRIGGER only_ended BEFORE UPDATE ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_only_ended();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON custody_membership
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON custody_fundparty
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
