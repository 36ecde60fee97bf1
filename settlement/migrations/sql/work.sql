-- Work and scores are judged by those they were done for: whoever records them holds the committee's permit.

CREATE FUNCTION settlement_judged_by_the_committee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT custody_permitted('accept_work', NEW.recorded_by_id, NEW.fund_id,
                             (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not accept work or scores of fund %', NEW.recorded_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judged_by_the_committee';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER judged_by_the_committee BEFORE INSERT ON settlement_workorder
    FOR EACH ROW EXECUTE FUNCTION settlement_judged_by_the_committee();
CREATE TRIGGER judged_by_the_committee BEFORE INSERT ON settlement_assessment
    FOR EACH ROW EXECUTE FUNCTION settlement_judged_by_the_committee();
