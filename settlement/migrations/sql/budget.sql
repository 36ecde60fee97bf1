-- The year turns: a later year's budget comes whole, on two keys, and changes nothing that was computed.

-- A year's budget is one change's (or the founding's) and none is added once the year is closed.
CREATE FUNCTION settlement_budget_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF custody_owns(TG_RELID) THEN
        RETURN NEW;
    ELSIF make_date(NEW.year, 12, 31) <= custody_closed_through(NEW.fund_id) THEN
        RAISE EXCEPTION 'year % of fund % is closed', NEW.year, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'begins_in_an_open_period';
    ELSIF EXISTS (
        SELECT FROM settlement_budgetline b LEFT JOIN custody_amendmentrow w ON w.id = b.enacts_id
         WHERE b.fund_id = NEW.fund_id AND b.year = NEW.year AND w.amendment_id IS DISTINCT FROM
               (SELECT n.amendment_id FROM custody_amendmentrow n WHERE n.id = NEW.enacts_id)) THEN
        RAISE EXCEPTION 'fund % has a budget of % already', NEW.fund_id, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_of_a_year_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER enacted AFTER INSERT ON settlement_budgetline REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('budget');
CREATE TRIGGER c_whole_year BEFORE INSERT ON settlement_budgetline
    FOR EACH ROW EXECUTE FUNCTION settlement_budget_guard();

-- The last month whose base remuneration an invoice claims, by its first day; null for none.
CREATE FUNCTION settlement_remuneration_claimed(p_fund bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max(c.period_month) FROM settlement_claim c WHERE c.fund_id = p_fund AND c.basis = 'base_remuneration'
$$;

-- A term changes no remuneration that an invoice claims already.
CREATE FUNCTION settlement_deed_term_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.term NOT IN ('liquidity_floor_months', 'permitted_placements', 'bank_charge_cap')
       AND NEW.effective_from <= settlement_remuneration_claimed(NEW.fund_id) THEN
        RAISE EXCEPTION 'term % of fund % from % on would change remuneration that is claimed', NEW.term, NEW.fund_id,
            NEW.effective_from
            USING ERRCODE = 'check_violation', CONSTRAINT = 'term_changes_no_computed_fee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER e_claimed BEFORE INSERT ON custody_deedterm
    FOR EACH ROW EXECUTE FUNCTION settlement_deed_term_guard();
CALL custody_judged_by_what_is_committed(ARRAY['settlement_budgetline']);
