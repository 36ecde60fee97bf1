-- Every guard reads what is committed now, not what was when its transaction began.
--
-- Under REPEATABLE READ a guard that has waited for a lock would still look at the past: a key taken back meanwhile, a
-- claim verified meanwhile, a bank line brought meanwhile. So what such guards judge is not written under it at all.
-- The journal's functions need no such rule: they change or lock the fund's head first, which refuses (40001) whoever
-- began before its last posting; holds change the balance's row, which does the same; and what else they read never
-- changes, so that a row not seen yet makes them refuse.

CREATE FUNCTION custody_refuse_the_past(p_table text) RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION '% is not written under %: its guards would read the past',
            p_table, current_setting('transaction_isolation')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'guards_read_what_is_committed';
    END IF;
END $$;

CREATE FUNCTION custody_read_committed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM custody_refuse_the_past(TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE PROCEDURE custody_judged_by_what_is_committed(p_tables text[]) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY p_tables LOOP
        EXECUTE format('CREATE TRIGGER a_read_committed BEFORE INSERT OR UPDATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_read_committed()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER a_read_committed', name);
    END LOOP;
END $$;
CALL custody_judged_by_what_is_committed(ARRAY['custody_approval', 'custody_approvalwithdrawal', 'custody_placement',
    'custody_breakexplanation', 'custody_breakexplanationwithdrawal']);
