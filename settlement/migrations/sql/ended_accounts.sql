-- No account of a fund ends while the bank is asked to pay from it.

-- Whether a payment from this account is out, or about to be, and nobody knows its end.
CREATE FUNCTION settlement_pays_from(p_account bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM settlement_paymentbatch b WHERE b.debtor_account_id = p_account
           AND (EXISTS (SELECT FROM settlement_paymentorder o WHERE o.batch_id = b.id AND o.outcome IN ('pending', 'unknown'))
             OR EXISTS (SELECT FROM settlement_paybackorder o JOIN custody_payback p ON p.id = o.payback_id
                         WHERE o.batch_id = b.id AND p.state = 'instructed')))
$$;

CREATE FUNCTION settlement_account_end_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF settlement_pays_from(NEW.account_id) THEN
        RAISE EXCEPTION 'a payment from account % is with the bank', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_ends_unasked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER e_unasked BEFORE INSERT ON custody_accountend
    FOR EACH ROW EXECUTE FUNCTION settlement_account_end_guard();
