-- A committee and an assembly belong to their own estate: of whatever name, none is a party to two funds.

CREATE FUNCTION custody_own_estate_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_organisation o WHERE o.id = NEW.organisation_id AND o.kind IN ('committee', 'assembly');
    IF FOUND THEN
        PERFORM pg_advisory_xact_lock(hashtext('own estate'), (NEW.organisation_id % 2147483647)::int);
        PERFORM FROM custody_fundparty p
          WHERE p.organisation_id = NEW.organisation_id AND p.fund_id <> NEW.fund_id;
        IF FOUND THEN
            RAISE EXCEPTION 'organisation % is the body of another estate', NEW.organisation_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'body_of_its_own_estate';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER own_estate_guard BEFORE INSERT ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_own_estate_guard();
