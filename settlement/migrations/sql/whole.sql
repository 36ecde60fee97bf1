-- Over both rooms, once all their tables stand: one hold backs one thing, and every date is one.

-- Whoever takes up a hold, a settlement or a placement, puts its name here; the key is the hold, so no isolation level
-- and no race lets a second one in.
CREATE TABLE settlement_hold_use (
    hold_id    bigint PRIMARY KEY REFERENCES custody_hold (id),
    used_by    text NOT NULL,
    subject_id bigint NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_hold_use
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION settlement_take_up_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO settlement_hold_use VALUES (NEW.hold_id, TG_TABLE_NAME, NEW.id) ON CONFLICT DO NOTHING;
    PERFORM FROM settlement_hold_use u
      WHERE u.hold_id = NEW.hold_id AND u.used_by = TG_TABLE_NAME AND u.subject_id = NEW.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'hold % backs something else', NEW.hold_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'hold_backs_one_thing';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER take_up_hold AFTER INSERT OR UPDATE OF hold_id ON settlement_settlement
    FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL) EXECUTE FUNCTION settlement_take_up_hold();
CREATE TRIGGER take_up_hold AFTER INSERT OR UPDATE OF hold_id ON custody_payback
    FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL) EXECUTE FUNCTION settlement_take_up_hold();
CREATE TRIGGER take_up_hold AFTER INSERT OR UPDATE OF hold_id ON custody_placement
    FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL) EXECUTE FUNCTION settlement_take_up_hold();

-- PostgreSQL has days before and after all days; no table of ours keeps one. The journal's entries and lines, which
-- are written most, are judged a statement at a time by their own guard (custody_within_reason).
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT t.relname, a.attname
               FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
              WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
                AND t.relname ~ '^(custody|settlement)_' AND t.relname NOT IN ('custody_entry', 'custody_line')
                AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype)
                AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'c'
                                   AND pg_get_constraintdef(k.oid) ~ format('isfinite\(%s\)', a.attname))
    LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (isfinite(%I))', c.relname,
                       substr(c.relname, 1, 30) || '_' || c.attname || '_finite', c.attname);
    END LOOP;
END $$;

CALL custody_pin_search_paths();
