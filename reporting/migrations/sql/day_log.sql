-- The log of days: written once a day by whoever holds the vault's login, never again by anybody.
-- Leaves first, then the funds' days, the head last: each asks of what stands above it that it is not there yet,
-- and counts what stands below it, so that a head is the end of its day.

ALTER TABLE reporting_logfundday
    ADD CONSTRAINT log_fund_day_of_a_day FOREIGN KEY (number) REFERENCES reporting_logday (number)
        DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE reporting_logentry
    ADD CONSTRAINT log_entry_of_a_fund_day FOREIGN KEY (number, fund_id) REFERENCES reporting_logfundday (number, fund_id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT log_entry_of_the_journal FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence);
ALTER TABLE reporting_logpaper
    ADD CONSTRAINT log_paper_of_a_fund_day FOREIGN KEY (number, fund_id) REFERENCES reporting_logfundday (number, fund_id)
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT log_paper_of_its_funds_document
        FOREIGN KEY (fund_id, document_id, sha256) REFERENCES custody_document (fund_id, id, sha256);

CREATE FUNCTION reporting_leaves_before_their_day() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_number integer;
BEGIN
    SELECT n.number INTO v_number FROM added n JOIN reporting_logfundday d ON (d.number, d.fund_id) = (n.number, n.fund_id)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'day % of the log is closed', v_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_day_is_closed';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION reporting_fund_day_counted() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM reporting_logday d WHERE d.number = NEW.number;
    IF FOUND THEN
        RAISE EXCEPTION 'day % of the log is closed', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_day_is_closed';
    END IF;
    IF (SELECT count(*) FROM reporting_logentry e WHERE (e.number, e.fund_id) = (NEW.number, NEW.fund_id)) <> NEW.entries
       OR (SELECT count(*) FROM reporting_logpaper p WHERE (p.number, p.fund_id) = (NEW.number, NEW.fund_id)) <> NEW.papers THEN
        RAISE EXCEPTION 'fund % on day %: not the leaves it counts', NEW.fund_id, NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_counts_its_leaves';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION reporting_day_closed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_last record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('reporting_logday'));
    NEW.closed_at := custody_now();
    SELECT d.number, d.ended_on INTO v_last FROM reporting_logday d ORDER BY d.number DESC LIMIT 1;
    IF NEW.number <> coalesce(v_last.number, 0) + 1 OR NEW.ended_on <> coalesce(v_last.ended_on + 1, NEW.ended_on) THEN
        RAISE EXCEPTION 'day % (%) does not follow day % (%)', NEW.number, NEW.ended_on, v_last.number, v_last.ended_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_days_follow_each_other';
    END IF;
    IF NEW.ended_on >= (NEW.closed_at AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'day % has not ended', NEW.ended_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_day_has_ended';
    END IF;
    IF (SELECT count(*) FROM reporting_logfundday d WHERE d.number = NEW.number) <> NEW.funds
       OR EXISTS (SELECT FROM reporting_logfundday d JOIN custody_fund f ON f.id = d.fund_id
                   WHERE d.number = NEW.number AND f.opened_on > NEW.ended_on)
       OR (SELECT count(*) FROM custody_fund f WHERE f.opened_on <= NEW.ended_on) > NEW.funds THEN
        RAISE EXCEPTION 'day % leaves a fund out', NEW.ended_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'log_day_has_every_fund';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION reporting_stamp_dated() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.at := custody_now();
    RETURN NEW;
END $$;

CREATE TRIGGER stamp_dated BEFORE INSERT ON reporting_logstamp
    FOR EACH ROW EXECUTE FUNCTION reporting_stamp_dated();
CREATE TRIGGER leaves_before_their_day AFTER INSERT ON reporting_logentry REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reporting_leaves_before_their_day();
CREATE TRIGGER leaves_before_their_day AFTER INSERT ON reporting_logpaper REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION reporting_leaves_before_their_day();
CREATE TRIGGER fund_day_counted BEFORE INSERT ON reporting_logfundday
    FOR EACH ROW EXECUTE FUNCTION reporting_fund_day_counted();
CREATE TRIGGER day_closed BEFORE INSERT ON reporting_logday
    FOR EACH ROW EXECUTE FUNCTION reporting_day_closed();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reporting_logday', 'reporting_logfundday', 'reporting_logentry', 'reporting_logpaper',
                             'reporting_logstamp']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
