-- The protector has one payment wait as the deed grants: while a stay stands, no key is turned on the settlement and no
-- order of it is filed. Stays and keys of one settlement come one after the other (the lock of custody_approval_guard).

-- Days a stay may last, as agreed on a day: none where the deed is silent.
CREATE FUNCTION settlement_stay_days(p_fund bigint, p_on date) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT t.value::integer FROM custody_deedterm t
         WHERE t.fund_id = p_fund AND t.term = 'stay_days' AND t.effective_from <= p_on
         ORDER BY t.effective_from DESC LIMIT 1), 0)
$$;

-- Whether a settlement waits on this day by the protector's word.
CREATE FUNCTION settlement_stayed(p_settlement bigint, p_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM settlement_stay y WHERE y.settlement_id = p_settlement AND y.until >= p_on
                      AND NOT EXISTS (SELECT FROM settlement_staylifted l WHERE l.stay_id = y.id))
$$;

CREATE FUNCTION settlement_stay_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date;
BEGIN
    NEW.placed_at := custody_recorded(NEW.placed_at);
    v_on := (NEW.placed_at AT TIME ZONE 'Asia/Shanghai')::date;
    PERFORM pg_advisory_xact_lock(hashtext('approval:settlement'), (NEW.settlement_id % 2147483647)::int);
    IF btrim(NEW.reason) = '' OR NOT custody_permitted('place_stay', NEW.placed_by_id, NEW.fund_id, v_on) THEN
        RAISE EXCEPTION 'operator % may not have a payment of fund % wait, or does not say why', NEW.placed_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stay_by_the_protector';
    ELSIF NEW.until < v_on OR NEW.until - v_on > settlement_stay_days(NEW.fund_id, v_on) THEN
        RAISE EXCEPTION 'the deed of fund % grants % days', NEW.fund_id, settlement_stay_days(NEW.fund_id, v_on)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stay_as_the_deed_grants';
    END IF;
    PERFORM FROM settlement_settlement s WHERE s.id = NEW.settlement_id AND s.fund_id = NEW.fund_id
        AND s.state IN ('verified', 'approved', 'released');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % of fund % does not wait to be paid', NEW.settlement_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stay_before_the_bank_is_asked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stay_guard BEFORE INSERT ON settlement_stay FOR EACH ROW EXECUTE FUNCTION settlement_stay_guard();

CREATE FUNCTION settlement_lift_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lifted_at := custody_recorded(NEW.lifted_at);
    PERFORM FROM settlement_stay y WHERE y.id = NEW.stay_id AND btrim(NEW.reason) <> ''
        AND custody_permitted('lift_stay', NEW.lifted_by_id, y.fund_id, (NEW.lifted_at AT TIME ZONE 'Asia/Shanghai')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % may not lift stay %, or does not say why', NEW.lifted_by_id, NEW.stay_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stay_lifted_by_the_protector';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lift_guard BEFORE INSERT ON settlement_staylifted FOR EACH ROW EXECUTE FUNCTION settlement_lift_guard();

-- No key is turned while a stay stands; taking one back is always open.
CREATE FUNCTION settlement_key_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('approval:settlement'), (NEW.subject_id % 2147483647)::int);
    IF settlement_stayed(NEW.subject_id, (custody_recorded(NEW.given_at) AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'settlement % waits by the protector''s word', NEW.subject_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_not_stayed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER against_a_stay BEFORE INSERT ON custody_approval
    FOR EACH ROW WHEN (NEW.subject_kind = 'settlement') EXECUTE FUNCTION settlement_key_waits();

-- Nor is the bank asked. What is out when the protector comes is the bank's; a file adopted after a restore is out.
CREATE FUNCTION settlement_order_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('approval:settlement'), (NEW.settlement_id % 2147483647)::int);
    PERFORM FROM settlement_paymentbatch b WHERE b.id = NEW.batch_id AND b.adopted_at IS NULL
        AND settlement_stayed(NEW.settlement_id, (b.created_at AT TIME ZONE 'Asia/Shanghai')::date);
    IF FOUND THEN
        RAISE EXCEPTION 'settlement % waits by the protector''s word', NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_not_stayed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER against_a_stay BEFORE INSERT ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION settlement_order_waits();

-- How many days whoever is asked has to answer.
CREATE FUNCTION settlement_answer_days() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 7 $$;

-- Who asks and who answers has the permit that day; neither says nothing. The day to answer by is no asker's word.
CREATE FUNCTION settlement_question_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.asked_at := custody_recorded(NEW.asked_at);
    NEW.answer_by := (NEW.asked_at AT TIME ZONE 'Asia/Shanghai')::date + settlement_answer_days();
    PERFORM FROM settlement_settlement s WHERE s.id = NEW.settlement_id AND s.fund_id = NEW.fund_id AND btrim(NEW.text) <> ''
        AND custody_permitted('ask_question', NEW.asked_by_id, NEW.fund_id, (NEW.asked_at AT TIME ZONE 'Asia/Shanghai')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % asks nothing about settlement %', NEW.asked_by_id, NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'question_by_the_protector';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER question_guard BEFORE INSERT ON settlement_question
    FOR EACH ROW EXECUTE FUNCTION settlement_question_guard();

CREATE FUNCTION settlement_reply_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.replied_at := custody_recorded(NEW.replied_at);
    PERFORM FROM settlement_question q WHERE q.id = NEW.question_id AND btrim(NEW.text) <> ''
        AND custody_permitted('answer_question', NEW.replied_by_id, q.fund_id,
                              (NEW.replied_at AT TIME ZONE 'Asia/Shanghai')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % may not answer question %', NEW.replied_by_id, NEW.question_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reply_by_who_is_asked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reply_guard BEFORE INSERT ON settlement_reply FOR EACH ROW EXECUTE FUNCTION settlement_reply_guard();

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['stay', 'staylifted', 'question', 'reply'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_%s
                        FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', t);
    END LOOP;
END $$;
