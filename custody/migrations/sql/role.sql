-- What the application's role may touch, and the search path of every guard.
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

-- The application may read everything, add rows and move states; it may not delete, truncate or alter, and
-- it may write the journal through its functions only. Later tables inherit the same default.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trust_app') THEN
        BEGIN
            CREATE ROLE trust_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server created it this very moment
        END;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO trust_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO trust_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO trust_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO trust_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO trust_app;
REVOKE INSERT, UPDATE ON custody_account_kind, custody_ledger_head, custody_account, custody_balance,
    custody_entry, custody_line, custody_hold, custody_hold_outcome, custody_anchor, custody_period_close,
    custody_state_move, custody_permit, custody_clock FROM trust_app;
REVOKE UPDATE ON custody_deedterm, custody_resolution, custody_document, custody_bankline,
    custody_lineexplanation, custody_approval, custody_approvalwithdrawal, custody_organisation,
    custody_membership, custody_fundparty, custody_refusedattempt,
    custody_broken_file, custody_broken_file_replaced FROM trust_app;
GRANT UPDATE (valid_until) ON custody_membership, custody_fundparty TO trust_app;
REVOKE EXECUTE ON FUNCTION ledger_open_fund, ledger_open_account, ledger_post, ledger_post_many, ledger_hold, ledger_release_hold,
    ledger_anchor, ledger_close_period FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_open_fund, ledger_open_account, ledger_post, ledger_post_many, ledger_hold, ledger_release_hold,
    ledger_anchor, ledger_close_period TO trust_app;
