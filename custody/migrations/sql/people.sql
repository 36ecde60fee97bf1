-- Organisations, memberships and parties to a deed: dated, ended once, never rewritten.

-- A person belongs to exactly one organisation at a time (the range trick needs no extension).
ALTER TABLE custody_membership ADD CONSTRAINT membership_one_at_a_time EXCLUDE USING gist (
    int8range(operator_id, operator_id, '[]') WITH &&,
    daterange(valid_from, valid_until) WITH &&);

-- An organisation is what it is, and a membership or a part in a deed can only be ended, once.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_organisation
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- A person comes as a name and nothing more: a password is set at the door, to a person who is there, and no power over
-- pages is the application's to give. Only the tables' owner makes a demonstration's people otherwise.
CREATE FUNCTION custody_person_comes_bare() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_superuser OR NEW.is_staff OR NEW.password !~ '^(!|$)')
       AND current_user <> (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
        RAISE EXCEPTION 'person % comes with a password or with powers', NEW.username
            USING ERRCODE = 'check_violation', CONSTRAINT = 'person_comes_as_a_name';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comes_bare BEFORE INSERT ON custody_operator
    FOR EACH ROW EXECUTE FUNCTION custody_person_comes_bare();
ALTER TABLE custody_operator ENABLE ALWAYS TRIGGER comes_bare;

CREATE FUNCTION custody_only_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_until IS NOT NULL
       OR to_jsonb(NEW) - '{valid_until,ended_by_id}'::text[] <> to_jsonb(OLD) - '{valid_until,ended_by_id}'::text[] THEN
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
