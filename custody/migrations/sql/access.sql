-- Who looked at what stays on record: for whom a person looked, and when, are this database's word.

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION custody_accessed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := custody_now();
    SELECT m.organisation_id INTO NEW.organisation_id
      FROM custody_membership m
      JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
      JOIN custody_fundparty p ON p.organisation_id = m.organisation_id AND p.fund_id = NEW.fund_id
     WHERE m.operator_id = NEW.operator_id
       AND daterange(m.valid_from, m.valid_until) @> (NEW.at AT TIME ZONE 'Asia/Shanghai')::date
       AND daterange(p.valid_from, p.valid_until) @> (NEW.at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % acts for no party to fund %', NEW.operator_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'access_of_a_party';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER accessed BEFORE INSERT ON custody_accessrecord
    FOR EACH ROW EXECUTE FUNCTION custody_accessed();
