-- The search path of every guard. What each role may touch is said once, for all tables: config/grants.toml.
-- Every guard reads the real tables, never a caller's temporary ones. A helper in plain SQL without its owner's rights
-- is left alone: the planner puts its body in the place of the call, where the guard's own path already stands, and a
-- path of its own would forbid that. Later migrations call this again.

CREATE PROCEDURE custody_pin_search_paths() LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p
              WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(custody|settlement|ledger)_'
                AND (p.prosecdef OR p.prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql'))
                AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET search_path = public, pg_temp', f);
    END LOOP;
END $$;
CALL custody_pin_search_paths();
