-- Proof before release: while money has left a fund and nobody can say why, nothing more is released from it.

-- Whether money stands as unexplained in either book of the fund, or the bank took more than a book had free.
CREATE FUNCTION custody_break_open(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
         WHERE a.fund_id = p_fund AND a.kind = 'unexplained' AND b.posted <> 0)
        OR custody_fund_short(p_fund)
$$;

-- For any table whose row is, or comes to be, an order for money to leave. Queues behind whoever is posting to the
-- fund, so a break recorded at the same moment is seen; hence its owner's rights.
CREATE FUNCTION custody_open_break_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_ledger_head h WHERE h.fund_id = NEW.fund_id FOR NO KEY UPDATE;
    IF custody_break_open(NEW.fund_id) THEN
        RAISE EXCEPTION 'fund % has unexplained money out: nothing is released until it is explained', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_release_over_an_open_break';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION custody_open_break_guard FROM PUBLIC;

CREATE TRIGGER placement_open_break AFTER UPDATE ON custody_placement
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> 'released')
    EXECUTE FUNCTION custody_open_break_guard();
