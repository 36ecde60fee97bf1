-- Nobody is seated in an organisation but by two keys of a fund it is a party to, and never before this day.

-- What both keys of a seat are bound to.
CREATE FUNCTION custody_seat_content(p_seat bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('seat-1', s.fund_id, s.id, o.id, o.kind, o.name, s.username,
               s.full_name, s.role, s.from_on)::text, 'UTF8')), 'hex')
      FROM custody_seatproposal s JOIN custody_organisation o ON o.id = s.organisation_id WHERE s.id = p_seat
$$;

-- Proposed by people who may, when this clock says, for a party to the fund.
CREATE FUNCTION custody_seat_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date;
BEGIN
    NEW.proposed_at := custody_now();
    v_on := (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT custody_permitted('enrol_person', NEW.proposed_by_id, NEW.fund_id, v_on) OR NOT EXISTS (
        SELECT FROM custody_fundparty p WHERE p.fund_id = NEW.fund_id AND p.organisation_id = NEW.organisation_id
           AND daterange(p.valid_from, p.valid_until) @> v_on) THEN
        RAISE EXCEPTION 'operator % may seat nobody in organisation % for fund %',
            NEW.proposed_by_id, NEW.organisation_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_proposed_for_a_party';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_proposed BEFORE INSERT ON custody_seatproposal
    FOR EACH ROW EXECUTE FUNCTION custody_seat_proposed();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_seatproposal
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- A membership is what two keys stand on: who, where, as what, from the later of its day and today. Without a proposal
-- only a trust company's very first: the desk its first estate brings along, which turns no key. The tables' owner seats a
-- demonstration's people: nothing in the database stands against the owner.
CREATE FUNCTION custody_membership_seated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_seat custody_seatproposal;
BEGIN
    IF current_user = (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = TG_RELID) THEN
        RETURN NEW;
    ELSIF NEW.seat_id IS NULL AND NEW.role = 'maker'
          AND NOT EXISTS (SELECT FROM custody_membership m WHERE m.organisation_id = NEW.organisation_id)
          AND EXISTS (SELECT FROM custody_organisation o WHERE o.id = NEW.organisation_id AND o.kind = 'trustee') THEN
        RETURN NEW;
    END IF;
    PERFORM custody_refuse_the_past(TG_TABLE_NAME);
    SELECT * INTO v_seat FROM custody_seatproposal WHERE id = NEW.seat_id;
    IF NOT FOUND OR NEW.organisation_id <> v_seat.organisation_id OR NEW.role <> v_seat.role
       OR NEW.valid_from <> greatest(v_seat.from_on, (custody_now() AT TIME ZONE 'Asia/Shanghai')::date)
       OR NOT EXISTS (SELECT FROM custody_operator u WHERE u.id = NEW.operator_id AND u.username = v_seat.username
                         AND u.full_name IN ('', v_seat.full_name))
       OR NOT custody_both_keys_turned(v_seat.fund_id, 'seat', v_seat.id, custody_seat_content(v_seat.id))
       OR EXISTS (SELECT FROM custody_approval k WHERE k.subject_kind = 'seat' AND k.subject_id = v_seat.id
                     AND k.operator_id = v_seat.proposed_by_id AND custody_key_stands(k.id, k.signed_id)) THEN
        RAISE EXCEPTION 'nobody keyed that operator % act for organisation % as %',
            NEW.operator_id, NEW.organisation_id, NEW.role
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seated_by_two_keys';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER membership_seated BEFORE INSERT ON custody_membership
    FOR EACH ROW EXECUTE FUNCTION custody_membership_seated();
ALTER TABLE custody_membership ENABLE ALWAYS TRIGGER membership_seated;
