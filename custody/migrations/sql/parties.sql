-- A committee and an assembly belong to their own estate: of whatever name, none is a party to two funds.

-- The fund each of them belongs to; the key is the organisation, so no isolation level and no race lets a second one in.
CREATE TABLE custody_own_estate (
    organisation_id bigint PRIMARY KEY REFERENCES custody_organisation (id),
    fund_id         bigint NOT NULL REFERENCES custody_fund (id)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_own_estate
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION custody_own_estate_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM FROM custody_organisation o WHERE o.id = NEW.organisation_id AND o.kind IN ('committee', 'assembly');
    IF FOUND THEN
        INSERT INTO custody_own_estate VALUES (NEW.organisation_id, NEW.fund_id) ON CONFLICT DO NOTHING;
        PERFORM FROM custody_own_estate e WHERE e.organisation_id = NEW.organisation_id AND e.fund_id = NEW.fund_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'organisation % is the body of another estate', NEW.organisation_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'body_of_its_own_estate';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER own_estate_guard BEFORE INSERT ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_own_estate_guard();
