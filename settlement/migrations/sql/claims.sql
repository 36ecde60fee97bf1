-- Paid only for approved work: claims fit what was accepted and what was budgeted.

-- Locks everything a settlement claims, work orders then budget lines, each in id order. NO KEY: the lines just
-- inserted share the keys of these rows already, and a stronger lock would deadlock two claims.
CREATE FUNCTION settlement_lock_claims(p_settlement bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_fund bigint;
BEGIN
    PERFORM FROM settlement_workorder w WHERE w.id IN (
        SELECT l.work_order_id FROM settlement_settlementline l
          JOIN settlement_settlement s ON s.id = l.settlement_id AND s.revision = l.revision
         WHERE s.id = p_settlement) ORDER BY w.id FOR NO KEY UPDATE;
    PERFORM FROM settlement_budgetline b WHERE b.id IN (
        SELECT l.budget_line_id FROM settlement_settlementline l
          JOIN settlement_settlement s ON s.id = l.settlement_id AND s.revision = l.revision
         WHERE s.id = p_settlement) ORDER BY b.id FOR NO KEY UPDATE;
    SELECT s.fund_id INTO v_fund FROM settlement_settlement s
      JOIN settlement_settlementline l ON l.settlement_id = s.id AND l.revision = s.revision
     WHERE s.id = p_settlement AND l.basis <> 'work_order' LIMIT 1;
    IF FOUND THEN
        PERFORM pg_advisory_xact_lock(hashtext('settlement_remuneration'), (v_fund % 2147483647)::int);
    END IF;
END $$;

-- Lines that count: the present revision's, while their settlement claims.
CREATE VIEW settlement_claim AS
    SELECT l.fund_id, l.settlement_id, l.line_no, l.budget_line_id, l.basis, l.work_order_id, l.period_month, l.amount
      FROM settlement_settlementline l
      JOIN settlement_settlement s ON s.id = l.settlement_id AND s.revision = l.revision
     WHERE s.state IN ('verified', 'approved', 'released', 'instructed', 'unknown', 'failed', 'paid');

CREATE FUNCTION settlement_claims_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
BEGIN
    PERFORM settlement_lock_claims(NEW.id);
    v_name := CASE
        WHEN NEW.number !~ '^[0-9]{20}$' THEN 'claim_has_a_digital_invoice'
        WHEN NEW.provider_id IS NULL OR NEW.payee_account_id IS NULL OR NOT EXISTS (
            SELECT FROM settlement_payeeaccount p
             WHERE p.id = NEW.payee_account_id AND p.organisation_id = NEW.provider_id) THEN 'claim_has_a_payee'
        WHEN NEW.total IS DISTINCT FROM (SELECT sum(c.amount) FROM settlement_claim c
                                          WHERE c.settlement_id = NEW.id) THEN 'claim_lines_sum_to_total'
        WHEN EXISTS (SELECT FROM settlement_claim c
                       LEFT JOIN settlement_budgetline b ON b.id = c.budget_line_id
                      WHERE c.settlement_id = NEW.id
                        AND (b.id IS NULL OR b.book <> NEW.book)) THEN 'claim_keeps_its_book'
        WHEN EXISTS (SELECT FROM settlement_claim c
                       LEFT JOIN settlement_workorder w ON w.id = c.work_order_id
                      WHERE c.settlement_id = NEW.id AND c.basis = 'work_order'
                        AND (w.id IS NULL OR NOT w.accepted OR w.budget_line_id <> c.budget_line_id
                             OR w.amount < (SELECT sum(o.amount) FROM settlement_claim o
                                             WHERE o.work_order_id = w.id))) THEN 'claim_fits_accepted_work'
        WHEN EXISTS (SELECT FROM settlement_claim c
                      WHERE c.settlement_id = NEW.id AND c.basis <> 'work_order'
                        AND (c.period_month IS NULL OR 1 < (
                             SELECT count(*) FROM settlement_claim o
                              WHERE o.fund_id = c.fund_id AND o.basis = c.basis
                                AND o.period_month = c.period_month))) THEN 'claim_of_a_period_once'
        WHEN EXISTS (SELECT FROM settlement_claim c JOIN settlement_budgetline b ON b.id = c.budget_line_id
                      WHERE c.settlement_id = NEW.id
                        AND b.annual_amount < (SELECT sum(o.amount) FROM settlement_claim o
                                                WHERE o.budget_line_id = b.id)) THEN 'claim_fits_budget'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'settlement % claims what it may not', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_claims AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state = 'verified' AND OLD.state <> 'verified')
    EXECUTE FUNCTION settlement_claims_guard();
CREATE INDEX settlement_line_by_work ON settlement_settlementline (work_order_id) WHERE work_order_id IS NOT NULL;
