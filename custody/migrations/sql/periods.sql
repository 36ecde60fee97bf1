-- Days are closed, and opened again, by two keys on a proposal: each time one more row that stays.

-- What both keys of a period are bound to: how far, from where, on top of which entry of those days, and why.
CREATE FUNCTION custody_period_content(p_proposal bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('period-1', p.fund_id, p.id, p.act, p.through, p.closed_before,
               p.last_entry, p.reason)::text, 'UTF8')), 'hex')
      FROM custody_periodproposal p WHERE p.id = p_proposal
$$;

-- The newest entry dated on a day or before it; 0 for none.
CREATE FUNCTION custody_last_entry_through(p_fund bigint, p_through date) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT e.sequence FROM custody_entry e
                      WHERE e.fund_id = p_fund AND e.effective_on <= p_through ORDER BY e.sequence DESC LIMIT 1), 0)
$$;

-- Proposed by people who may, when this clock says.
CREATE FUNCTION custody_period_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.proposed_at := custody_now();
    IF NOT custody_permitted(NEW.act || '_period', NEW.proposed_by_id, NEW.fund_id,
                             (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not propose to % days of fund %', NEW.proposed_by_id, NEW.act, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_proposed_by_the_desk';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_proposed BEFORE INSERT ON custody_periodproposal
    FOR EACH ROW EXECUTE FUNCTION custody_period_proposed();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_periodproposal
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

ALTER TABLE custody_periodproposal ADD CONSTRAINT period_proposal_of_fund UNIQUE (fund_id, id);
ALTER TABLE custody_period_close
    ADD CONSTRAINT closing_of_its_funds_proposal FOREIGN KEY (fund_id, proposal_id)
        REFERENCES custody_periodproposal (fund_id, id),
    ADD CONSTRAINT proposal_done_once UNIQUE (proposal_id);

-- Whoever moves the closed day, both keys stand on exactly this move, and none of them is the proposer's.
CREATE FUNCTION custody_period_keys_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_asked custody_periodproposal;
BEGIN
    SELECT * INTO v_asked FROM custody_periodproposal WHERE id = NEW.proposal_id;
    IF NOT custody_both_keys_turned(NEW.fund_id, 'period', NEW.proposal_id, custody_period_content(NEW.proposal_id))
       OR NEW.closed_through IS DISTINCT FROM v_asked.through
       OR EXISTS (SELECT FROM custody_approval k LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
                   WHERE k.subject_kind = 'period' AND k.subject_id = NEW.proposal_id AND w.id IS NULL
                     AND k.operator_id = v_asked.proposed_by_id) THEN
        RAISE EXCEPTION 'fund %: proposal % to % lacks two keys on it', NEW.fund_id, NEW.proposal_id, v_asked.act
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_needs_two_keys';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_keys BEFORE INSERT ON custody_period_close
    FOR EACH ROW EXECUTE FUNCTION custody_period_keys_guard();
ALTER TABLE custody_period_close ENABLE ALWAYS TRIGGER period_keys;

-- The day itself moves as the newest of those rows says, and by nothing else.
CREATE FUNCTION custody_closed_as_keyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.closed_through IS DISTINCT FROM (SELECT c.closed_through FROM custody_period_close c
                                             WHERE c.fund_id = NEW.fund_id ORDER BY c.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'fund %: nobody keyed that it be closed through %', NEW.fund_id, NEW.closed_through
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_day_as_keyed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER closed_as_keyed AFTER UPDATE ON custody_ledger_head FOR EACH ROW
    WHEN (NEW.closed_through IS DISTINCT FROM OLD.closed_through) EXECUTE FUNCTION custody_closed_as_keyed();
ALTER TABLE custody_ledger_head ENABLE ALWAYS TRIGGER closed_as_keyed;
CREATE TRIGGER a_read_committed BEFORE INSERT ON custody_period_close
    FOR EACH STATEMENT EXECUTE FUNCTION custody_read_committed();
ALTER TABLE custody_period_close ENABLE ALWAYS TRIGGER a_read_committed;
