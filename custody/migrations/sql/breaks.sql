-- Proof before release: while bank and book of a fund differ, or nobody can say why money left it, nothing is released.

-- What the bank says the fund has, less what the books say; NULL before the bank's first line. Whatever was posted, and
-- for whatever day: cash moves in the books by the bank's lines alone, once both have begun.
CREATE FUNCTION custody_bank_difference(p_fund bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT sum(last.balance) - (
               SELECT coalesce(sum(b.posted), 0) FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
                WHERE a.fund_id = p_fund AND a.kind = 'cash')
      FROM custody_bankaccount k CROSS JOIN LATERAL (
           SELECT l.balance FROM custody_bankline l WHERE l.account_id = k.id ORDER BY l.position DESC LIMIT 1) last
     WHERE k.fund_id = p_fund
$$;

-- A break: bank and book differ, a broken file waits to be replaced, money stands in either book of the fund, or the bank took more than was free.
CREATE FUNCTION custody_break_open(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
         WHERE a.fund_id = p_fund AND a.kind = 'unexplained' AND b.posted <> 0)
        OR custody_fund_short(p_fund) OR custody_file_broken(p_fund) OR coalesce(custody_bank_difference(p_fund), 0) <> 0
$$;

-- For any table whose row is, or comes to be, an order for money to leave. Queues behind whoever is posting to the
-- fund, so a break recorded at the same moment is seen; hence its owner's rights.
CREATE FUNCTION custody_open_break_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_ledger_head h WHERE h.fund_id = NEW.fund_id FOR NO KEY UPDATE;
    IF custody_break_open(NEW.fund_id) THEN
        RAISE EXCEPTION 'fund % has a break between bank and book: nothing is released until it is mended', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_release_over_an_open_break';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER placement_open_break AFTER UPDATE ON custody_placement
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> 'released')
    EXECUTE FUNCTION custody_open_break_guard();
