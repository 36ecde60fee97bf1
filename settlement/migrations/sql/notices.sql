-- The outbox of notices: only grows, and tells nobody who has no seat.

-- A notice is of the day it is written, by this clock, and for a seat that its reader has that day; whoever says where
-- they are told hears of it at the old address whether seated or not.
CREATE FUNCTION settlement_notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.made_at := custody_recorded(NEW.made_at);
    NEW.told_on := (NEW.made_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NEW.kind = 'address' THEN
        IF NEW.address = '' OR NOT EXISTS (SELECT FROM settlement_noticechoice c
                                            WHERE c.operator_id = NEW.operator_id AND c.address = NEW.address) THEN
            RAISE EXCEPTION 'operator % was never told at this address', NEW.operator_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'notice_to_an_address_of_theirs';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM FROM custody_membership m JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
      WHERE m.id = NEW.membership_id AND m.operator_id = NEW.operator_id
        AND daterange(m.valid_from, m.valid_until) @> NEW.told_on;
    IF NOT FOUND OR NEW.address <> '' THEN
        RAISE EXCEPTION 'operator % does not sit there, or is told elsewhere', NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'notice_to_who_sits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notice_guard BEFORE INSERT ON settlement_notice
    FOR EACH ROW EXECUTE FUNCTION settlement_notice_guard();

-- A matter is its notice's reader's.
CREATE FUNCTION settlement_matter_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT n.operator_id, n.kind INTO NEW.operator_id, NEW.step FROM settlement_notice n WHERE n.id = NEW.notice_id;
    RETURN NEW;
END $$;
CREATE TRIGGER matter_guard BEFORE INSERT ON settlement_noticematter
    FOR EACH ROW EXECUTE FUNCTION settlement_matter_guard();

CREATE FUNCTION settlement_attempt_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.attempted_at := custody_recorded(NEW.attempted_at);
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_guard BEFORE INSERT ON settlement_noticeattempt
    FOR EACH ROW EXECUTE FUNCTION settlement_attempt_guard();

CREATE FUNCTION settlement_choice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.chosen_at := custody_recorded(NEW.chosen_at);
    RETURN NEW;
END $$;
CREATE TRIGGER choice_guard BEFORE INSERT ON settlement_noticechoice
    FOR EACH ROW EXECUTE FUNCTION settlement_choice_guard();

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['notice', 'noticematter', 'noticeattempt', 'noticechoice'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', t);
    END LOOP;
END $$;
CALL custody_pin_search_paths();
