-- Detail behind a lump keeps what it said: only its match to a bank line is added, and taken off a line that was undone.

-- The lock of a fund for those who may not change it, so may not lock its row either.
CREATE FUNCTION custody_lock_fund(p_fund bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_fund WHERE id = p_fund FOR NO KEY UPDATE;
END $$;

-- A match is made once; it goes only when its bank line was taken back by the bank (冲正). A revenue line is replaced
-- by a newer file's once.
CREATE FUNCTION custody_match_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_was jsonb := to_jsonb(OLD);
    v_is jsonb := to_jsonb(NEW);
BEGIN
    IF v_was - 'bank_line_id' - 'superseded' <> v_is - 'bank_line_id' - 'superseded'
       OR (v_was -> 'superseded' = 'true'::jsonb AND v_is -> 'superseded' <> 'true'::jsonb) THEN
        RAISE EXCEPTION 'row % of % stays as it came', OLD.id, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'detail_stays';
    ELSIF OLD.bank_line_id IS NOT NULL AND NEW.bank_line_id IS DISTINCT FROM OLD.bank_line_id
          AND (NEW.bank_line_id IS NOT NULL OR NOT EXISTS (
               SELECT FROM custody_lineexplanation e WHERE e.line_id = OLD.bank_line_id AND e.kind = 'reversal')) THEN
        RAISE EXCEPTION 'row % of % is matched to bank line %', OLD.id, TG_TABLE_NAME, OLD.bank_line_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'matched_once';
    END IF;
    RETURN NEW;
END $$;

-- What people said never reached the bank is settled by no line of the bank's.
CREATE FUNCTION custody_void_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF custody_order_voided(NEW.id) THEN
        RAISE EXCEPTION 'order % never reached the bank', NEW.order_number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'voided_for_good';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER void_guard BEFORE UPDATE ON custody_channelorder
    FOR EACH ROW WHEN (NEW.bank_line_id IS NOT NULL) EXECUTE FUNCTION custody_void_guard();
CREATE TRIGGER match_guard BEFORE UPDATE ON custody_channelorder
    FOR EACH ROW EXECUTE FUNCTION custody_match_guard();
CREATE TRIGGER match_guard BEFORE UPDATE ON custody_revenueline
    FOR EACH ROW EXECUTE FUNCTION custody_match_guard();

-- The detail behind money never goes.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['custody_channelorder', 'custody_revenueline'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
