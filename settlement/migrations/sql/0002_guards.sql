-- Guards around budgets, invoices and payments: evidence stays in its fund, history is a path, claims fit,
-- keys stand on the present content, and what was filed with the bank does not change.
-- Frozen: changes come as a new numbered file.

-- ------------------------------------------------------------------------------------ one fund a row

ALTER TABLE settlement_budgetline ADD CONSTRAINT budget_line_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_payeeaccount ADD CONSTRAINT payee_account_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_settlement ADD CONSTRAINT settlement_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_paymentbatch ADD CONSTRAINT payment_batch_of_fund UNIQUE (fund_id, id);

ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_on_its_funds_budget
    FOREIGN KEY (fund_id, budget_line_id) REFERENCES settlement_budgetline (fund_id, id);
ALTER TABLE settlement_settlement
    ADD CONSTRAINT settlement_to_its_funds_payee FOREIGN KEY (fund_id, payee_account_id)
        REFERENCES settlement_payeeaccount (fund_id, id),
    ADD CONSTRAINT settlement_hold_exists FOREIGN KEY (hold_id) REFERENCES custody_hold (id),
    ADD CONSTRAINT settlement_book_known CHECK (book IN ('', 'operating', 'maintenance')),
    ADD CONSTRAINT settlement_holds_while_owed CHECK (CASE
        WHEN state IN ('approved', 'released', 'instructed', 'unknown', 'failed', 'paid', 'reversed')
        THEN hold_id IS NOT NULL ELSE hold_id IS NULL END);
CREATE UNIQUE INDEX settlement_hold_once ON settlement_settlement (hold_id) WHERE hold_id IS NOT NULL;
ALTER TABLE settlement_settlementline
    ADD CONSTRAINT line_of_its_funds_settlement FOREIGN KEY (fund_id, settlement_id)
        REFERENCES settlement_settlement (fund_id, id),
    ADD CONSTRAINT line_on_its_funds_budget FOREIGN KEY (fund_id, budget_line_id)
        REFERENCES settlement_budgetline (fund_id, id),
    ADD CONSTRAINT line_cites_its_funds_work FOREIGN KEY (fund_id, work_order_id)
        REFERENCES settlement_workorder (fund_id, id),
    ADD CONSTRAINT line_cites_one_kind CHECK (CASE WHEN basis = 'work_order' THEN period_month IS NULL
                                              ELSE work_order_id IS NULL END),
    ADD CONSTRAINT line_period_is_a_month CHECK (extract(day FROM period_month) = 1);
ALTER TABLE settlement_settlementmove ADD CONSTRAINT move_of_its_funds_settlement
    FOREIGN KEY (fund_id, settlement_id) REFERENCES settlement_settlement (fund_id, id);
ALTER TABLE settlement_paymentorder
    ADD CONSTRAINT order_in_its_funds_batch FOREIGN KEY (fund_id, batch_id)
        REFERENCES settlement_paymentbatch (fund_id, id),
    ADD CONSTRAINT order_of_its_funds_settlement FOREIGN KEY (fund_id, settlement_id)
        REFERENCES settlement_settlement (fund_id, id),
    ADD CONSTRAINT order_to_its_funds_payee FOREIGN KEY (fund_id, payee_account_id)
        REFERENCES settlement_payeeaccount (fund_id, id),
    ADD CONSTRAINT order_by_its_funds_bank_line FOREIGN KEY (fund_id, bank_line_id)
        REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT order_outcome_known CHECK (outcome IN ('pending', 'settled', 'failed', 'unknown'));

-- Only the yuan; identifiers as the bank's format allows them.
ALTER TABLE settlement_budgetline ADD CONSTRAINT budget_line_in_yuan CHECK (annual_amount_currency = 'CNY');
ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_in_yuan CHECK (amount_currency = 'CNY');
ALTER TABLE settlement_settlement ADD CONSTRAINT settlement_in_yuan CHECK (total_currency = 'CNY');
ALTER TABLE settlement_settlementline ADD CONSTRAINT settlement_line_in_yuan CHECK (amount_currency = 'CNY');
ALTER TABLE settlement_paymentorder ADD CONSTRAINT payment_order_in_yuan CHECK (amount_currency = 'CNY'),
    ADD CONSTRAINT order_identifier_plain CHECK (end_to_end_id ~ '^[A-Za-z0-9-]{1,35}$');
ALTER TABLE settlement_paymentbatch
    ADD CONSTRAINT batch_identifier_plain CHECK (message_id ~ '^[A-Za-z0-9-]{1,35}$'),
    ADD CONSTRAINT batch_digest_is_of_its_content CHECK (content_sha256 = encode(sha256(content), 'hex'));

-- --------------------------------------------------------------------------------------- append-only

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['settlement_budgetline', 'settlement_payeeaccount', 'settlement_workorder',
                                'settlement_assessment', 'settlement_settlementline', 'settlement_settlementmove']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
        EXECUTE format('REVOKE UPDATE ON %I FROM trust_app', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['settlement_settlement', 'settlement_paymentbatch', 'settlement_paymentorder'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;

-- -------------------------------------------------------------------------------------- legal moves

INSERT INTO custody_state_move (machine, source, target) VALUES
    ('settlement', 'draft', 'submitted'), ('settlement', 'draft', 'cancelled'),
    ('settlement', 'submitted', 'verified'), ('settlement', 'submitted', 'returned'),
    ('settlement', 'submitted', 'cancelled'),
    ('settlement', 'returned', 'submitted'), ('settlement', 'returned', 'cancelled'),
    ('settlement', 'verified', 'approved'), ('settlement', 'verified', 'returned'),
    ('settlement', 'verified', 'rejected'), ('settlement', 'verified', 'cancelled'),
    ('settlement', 'approved', 'released'), ('settlement', 'approved', 'verified'),
    ('settlement', 'approved', 'rejected'),
    ('settlement', 'released', 'instructed'), ('settlement', 'released', 'approved'),
    ('settlement', 'released', 'verified'),
    ('settlement', 'instructed', 'paid'), ('settlement', 'instructed', 'failed'),
    ('settlement', 'instructed', 'unknown'),
    ('settlement', 'unknown', 'paid'), ('settlement', 'unknown', 'failed'),
    ('settlement', 'failed', 'released'), ('settlement', 'failed', 'verified'),
    ('settlement', 'failed', 'cancelled'),
    ('settlement', 'paid', 'reversed');

CREATE TRIGGER settlement_moves BEFORE INSERT OR UPDATE ON settlement_settlement
    FOR EACH ROW EXECUTE FUNCTION custody_state_guard('settlement', 'draft');

-- A step says in which transaction it was written, so a state cannot change without one.
ALTER TABLE settlement_settlementmove ADD COLUMN recorded_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION settlement_step_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_step bigint;
    v_target text;
BEGIN
    NEW.recorded_in := pg_current_xact_id();
    SELECT m.step, m.target INTO v_step, v_target FROM settlement_settlementmove m
     WHERE m.settlement_id = NEW.settlement_id ORDER BY m.step DESC LIMIT 1;
    IF NEW.step <> coalesce(v_step, 0) + 1 OR NEW.source <> coalesce(v_target, '')
       OR NOT (NEW.source = '' AND NEW.target = 'draft' OR EXISTS (
           SELECT FROM custody_state_move m
            WHERE m.machine = 'settlement' AND m.source = NEW.source AND m.target = NEW.target)) THEN
        RAISE EXCEPTION 'step % (% to %) does not continue settlement %',
            NEW.step, NEW.source, NEW.target, NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_history_is_a_path';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_guard BEFORE INSERT ON settlement_settlementmove
    FOR EACH ROW EXECUTE FUNCTION settlement_step_guard();

-- Judged at commit: every change of state has its step, and the last step is the state.
CREATE FUNCTION settlement_history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_source text := '';
    v_found boolean;
BEGIN
    IF TG_TABLE_NAME = 'settlement_settlementmove' THEN
        SELECT s.state = (SELECT m.target FROM settlement_settlementmove m
                           WHERE m.settlement_id = s.id ORDER BY m.step DESC LIMIT 1)
          INTO v_found FROM settlement_settlement s WHERE s.id = NEW.settlement_id;
        IF v_found THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'the history of settlement % does not end at its state', NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_history_ends_at_its_state';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        v_source := OLD.state;
    END IF;
    PERFORM FROM settlement_settlementmove m
     WHERE m.settlement_id = NEW.id AND m.source = v_source AND m.target = NEW.state
       AND m.recorded_in = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % came to % without a step on record', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_move_is_recorded';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlement_born AFTER INSERT ON settlement_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_history_guard();
CREATE CONSTRAINT TRIGGER settlement_moved AFTER UPDATE ON settlement_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION settlement_history_guard();
CREATE CONSTRAINT TRIGGER settlement_stepped AFTER INSERT ON settlement_settlementmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_history_guard();

-- -------------------------------------------------------------------------------------------- facts

-- The invoice is the firm's to correct while it is a draft or returned, and nobody's afterwards.
CREATE FUNCTION settlement_facts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.fund_id <> OLD.fund_id OR NEW.number <> OLD.number
       OR (OLD.state NOT IN ('draft', 'returned') AND (
           NEW.provider_id, NEW.issued_on, NEW.total, NEW.total_currency, NEW.seller, NEW.buyer,
           NEW.payee_account_id, NEW.book, NEW.revision, NEW.duplicate_answer, NEW.source_file_id, NEW.submitted_by_id
       ) IS DISTINCT FROM (
           OLD.provider_id, OLD.issued_on, OLD.total, OLD.total_currency, OLD.seller, OLD.buyer,
           OLD.payee_account_id, OLD.book, OLD.revision, OLD.duplicate_answer, OLD.source_file_id, OLD.submitted_by_id)) THEN
        RAISE EXCEPTION 'settlement % is %: its facts stand', OLD.id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_facts_stand';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settlement_facts BEFORE UPDATE ON settlement_settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_facts_guard();

CREATE FUNCTION settlement_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM settlement_settlement s
     WHERE s.id = NEW.settlement_id AND s.state IN ('draft', 'returned') AND s.revision = NEW.revision FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % takes no lines for revision % now', NEW.settlement_id, NEW.revision
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_lines_stand';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER line_guard BEFORE INSERT ON settlement_settlementline
    FOR EACH ROW EXECUTE FUNCTION settlement_line_guard();

-- ------------------------------------------------------------------------------- the payee's account

CREATE FUNCTION settlement_payee_content(p_payee bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('payee-1', a.fund_id, a.organisation_id, a.id, a.holder,
               a.number, a.bank_name, a.clearing_number, a.usable_from)::text, 'UTF8')), 'hex')
      FROM settlement_payeeaccount a WHERE a.id = p_payee
$$;

-- The handover's account at once; any later one with two keys of its own, three days after the second.
CREATE FUNCTION settlement_payee_usable(p_payee bigint, p_on date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT a.usable_from <= p_on AND (
           NOT EXISTS (SELECT FROM settlement_payeeaccount o
                        WHERE o.fund_id = a.fund_id AND o.organisation_id = a.organisation_id AND o.id < a.id)
           OR (custody_both_keys_turned(a.fund_id, 'payee', a.id, settlement_payee_content(a.id))
               AND p_on >= (SELECT max((k.given_at AT TIME ZONE 'Asia/Shanghai')::date) + 3
                              FROM custody_approval k
                              LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
                             WHERE k.subject_kind = 'payee' AND k.subject_id = a.id AND w.id IS NULL
                               AND k.content_sha256 = settlement_payee_content(a.id))))
      FROM settlement_payeeaccount a WHERE a.id = p_payee
$$;

-- Where an organisation is paid on a day: its newest usable account.
CREATE FUNCTION settlement_payee_current(p_fund bigint, p_organisation bigint, p_on date) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT max(a.id) FROM settlement_payeeaccount a
     WHERE a.fund_id = p_fund AND a.organisation_id = p_organisation AND settlement_payee_usable(a.id, p_on)
$$;

-- -------------------------------------------------------------------------------------------- claims

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
GRANT SELECT ON settlement_claim TO trust_app;
REVOKE INSERT, UPDATE ON settlement_claim FROM trust_app;

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

-- ---------------------------------------------------------------------------------------------- keys

-- What both keys of a settlement are bound to.
CREATE FUNCTION settlement_content(p_settlement bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('settlement-1', s.fund_id, s.id, s.number, s.issued_on, s.total,
               s.total_currency, s.seller, s.buyer, s.book, s.provider_id, p.id, p.holder, p.number, p.bank_name,
               p.clearing_number, f.sha256,
               (SELECT jsonb_agg(jsonb_build_array(l.line_no, l.budget_line_id, b.year, b.code, l.basis, l.cited,
                           l.work_order_id, w.number, wf.sha256, l.period_month, l.amount, l.amount_currency)
                           ORDER BY l.line_no)
                  FROM settlement_settlementline l
                  LEFT JOIN settlement_budgetline b ON b.id = l.budget_line_id
                  LEFT JOIN settlement_workorder w ON w.id = l.work_order_id
                  LEFT JOIN custody_sourcefile wf ON wf.id = w.source_file_id
                 WHERE l.settlement_id = s.id AND l.revision = s.revision))::text, 'UTF8')), 'hex')
      FROM settlement_settlement s
      LEFT JOIN settlement_payeeaccount p ON p.id = s.payee_account_id
      LEFT JOIN custody_sourcefile f ON f.id = s.source_file_id
     WHERE s.id = p_settlement
$$;

-- The day a standing key was turned on this content; null when none stands.
CREATE FUNCTION settlement_key_day(p_settlement bigint, p_key text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max((k.given_at AT TIME ZONE 'Asia/Shanghai')::date)
      FROM custody_approval k LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
     WHERE k.subject_kind = 'settlement' AND k.subject_id = p_settlement AND k.key = p_key AND w.id IS NULL
       AND k.content_sha256 = settlement_content(p_settlement)
$$;

CREATE FUNCTION settlement_keys_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
    v_content text := settlement_content(NEW.id);
BEGIN
    v_name := CASE
        WHEN NEW.state = 'approved' AND NOT custody_key_turned(NEW.fund_id, 'settlement', NEW.id, 'approve', v_content)
            THEN 'settlement_needs_its_first_key'
        WHEN NEW.state IN ('released', 'instructed') AND NOT custody_both_keys_turned(NEW.fund_id, 'settlement', NEW.id, v_content)
            THEN 'settlement_needs_two_keys'
        WHEN NEW.state IN ('approved', 'released') AND EXISTS (
            SELECT FROM custody_approval k LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
             WHERE k.subject_kind = 'settlement' AND k.subject_id = NEW.id AND w.id IS NULL
               AND k.content_sha256 = v_content AND k.operator_id = NEW.submitted_by_id)
            THEN 'settlement_maker_turns_no_key'
        WHEN NEW.state = 'approved' AND NEW.payee_account_id IS DISTINCT FROM settlement_payee_current(
            NEW.fund_id, NEW.provider_id, settlement_key_day(NEW.id, 'approve')) THEN 'settlement_payee_is_usable'
        WHEN NEW.state = 'released' AND OLD.state = 'approved' AND NEW.payee_account_id IS DISTINCT FROM
            settlement_payee_current(NEW.fund_id, NEW.provider_id, settlement_key_day(NEW.id, 'release'))
            THEN 'settlement_payee_is_usable'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'settlement % may not be %: its keys do not stand on its present content', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_keys AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('approved', 'released', 'instructed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_keys_guard();

-- --------------------------------------------------------------------------------------- held money

-- A live settlement's hold is its own total on its own cash and still open; an ended one's hold has ended.
CREATE FUNCTION settlement_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
    v_fits boolean;
BEGIN
    SELECT h.fund_id = NEW.fund_id AND h.amount = NEW.total AND a.kind = 'cash' AND a.book = NEW.book, o.outcome
      INTO v_fits, v_outcome
      FROM custody_hold h JOIN custody_account a ON a.id = h.account_id
      LEFT JOIN custody_hold_outcome o ON o.hold_id = h.id
     WHERE h.id = coalesce(NEW.hold_id, OLD.hold_id);
    IF (NEW.hold_id IS NULL AND OLD.hold_id IS NOT NULL AND v_outcome IS DISTINCT FROM 'released')
       OR (NEW.hold_id IS NOT NULL AND NOT v_fits)
       OR (NEW.hold_id IS NOT NULL AND OLD.hold_id IS NOT NULL AND NEW.hold_id <> OLD.hold_id)
       OR (NEW.state IN ('paid', 'reversed') AND v_outcome IS DISTINCT FROM 'settled')
       OR (NEW.state IN ('approved', 'released', 'instructed', 'unknown', 'failed') AND v_outcome IS NOT NULL) THEN
        RAISE EXCEPTION 'settlement % is % but its hold is %', NEW.id, NEW.state, coalesce(v_outcome, 'another')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_hold_is_its_own';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_hold AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (OLD.hold_id IS NOT NULL OR NEW.hold_id IS NOT NULL)
    EXECUTE FUNCTION settlement_hold_guard();

-- Judged at commit: nobody ends the hold behind a settlement that still needs it.
CREATE FUNCTION settlement_outcome_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM settlement_settlement s WHERE s.hold_id = NEW.hold_id
        AND s.state IN ('approved', 'released', 'instructed', 'unknown', 'failed');
    IF FOUND THEN
        RAISE EXCEPTION 'hold % backs a settlement that is not over', NEW.hold_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_backs_its_settlement';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlement_outcome AFTER INSERT ON custody_hold_outcome
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_outcome_guard();

-- ------------------------------------------------------------------------------------------ payments

-- Filed by the trust company's people; only the moment of sending is added later, once.
CREATE FUNCTION settlement_batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date := (NEW.created_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.fund_id, NEW.message_id, NEW.execute_on, NEW.content, NEW.content_sha256, NEW.created_by_id,
            NEW.created_at) IS DISTINCT FROM (OLD.id, OLD.fund_id, OLD.message_id, OLD.execute_on, OLD.content,
            OLD.content_sha256, OLD.created_by_id, OLD.created_at)
           OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at) THEN
            RAISE EXCEPTION 'batch % is filed and does not change', OLD.message_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_batch_stands';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM FROM custody_membership m
      JOIN custody_organisation o ON o.id = m.organisation_id AND o.kind = 'trustee'
      JOIN custody_fundparty p ON p.organisation_id = o.id AND p.fund_id = NEW.fund_id
     WHERE m.operator_id = NEW.created_by_id AND daterange(m.valid_from, m.valid_until) @> v_on
       AND daterange(p.valid_from, p.valid_until) @> v_on;
    IF NOT FOUND OR NEW.sent_at IS NOT NULL THEN
        RAISE EXCEPTION 'operator % may not file payments of fund %', NEW.created_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_batch_filed_by_trustee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_guard BEFORE INSERT OR UPDATE ON settlement_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION settlement_batch_guard();

-- An order pays a released settlement's total to its payee; a new attempt follows a final refusal only.
CREATE FUNCTION settlement_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_fits boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT s.state = 'released' AND s.total = NEW.amount AND s.payee_account_id = NEW.payee_account_id
               AND NEW.outcome = 'pending' AND NEW.bank_line_id IS NULL
               AND custody_both_keys_turned(s.fund_id, 'settlement', s.id, settlement_content(s.id))
               AND settlement_payee_current(s.fund_id, s.provider_id,
                       (b.created_at AT TIME ZONE 'Asia/Shanghai')::date) = NEW.payee_account_id
               AND NEW.attempt = 1 + (SELECT count(*) FROM settlement_paymentorder o WHERE o.settlement_id = s.id)
               AND NOT EXISTS (SELECT FROM settlement_paymentorder o
                                WHERE o.settlement_id = s.id AND o.outcome <> 'failed')
          INTO v_fits
          FROM settlement_settlement s JOIN settlement_paymentbatch b ON b.id = NEW.batch_id
         WHERE s.id = NEW.settlement_id;
        IF v_fits IS NOT TRUE THEN
            RAISE EXCEPTION 'settlement % has no standing release for this order', NEW.settlement_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_is_released';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.batch_id, NEW.settlement_id, NEW.fund_id, NEW.end_to_end_id, NEW.payee_account_id, NEW.amount,
        NEW.amount_currency, NEW.attempt) IS DISTINCT FROM (OLD.id, OLD.batch_id, OLD.settlement_id, OLD.fund_id,
        OLD.end_to_end_id, OLD.payee_account_id, OLD.amount, OLD.amount_currency, OLD.attempt)
       OR NOT (OLD.outcome = 'pending' AND NEW.outcome IN ('settled', 'failed', 'unknown')
               OR OLD.outcome = 'unknown' AND NEW.outcome IN ('settled', 'failed')) THEN
        RAISE EXCEPTION 'order % is filed: its outcome moves forward, nothing else', OLD.end_to_end_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_order_stands';
    ELSIF NEW.outcome = 'settled' AND NOT EXISTS (
            SELECT FROM custody_bankline b WHERE b.id = NEW.bank_line_id AND b.amount = -NEW.amount)
          OR NEW.outcome = 'failed' AND NEW.bank_line_id IS NULL AND NEW.evidence = '' THEN
        RAISE EXCEPTION 'order % has no bank evidence of being %', OLD.end_to_end_id, NEW.outcome
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_outcome_has_evidence';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_guard BEFORE INSERT OR UPDATE ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION settlement_order_guard();

-- A settlement's state after filing says what its newest order says.
CREATE FUNCTION settlement_payment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
BEGIN
    SELECT o.outcome INTO v_outcome FROM settlement_paymentorder o
     WHERE o.settlement_id = NEW.id ORDER BY o.attempt DESC LIMIT 1;
    IF v_outcome IS DISTINCT FROM (CASE NEW.state WHEN 'instructed' THEN 'pending' WHEN 'paid' THEN 'settled'
                                   WHEN 'failed' THEN 'failed' WHEN 'unknown' THEN 'unknown'
                                   WHEN 'reversed' THEN 'settled' END)
       OR (NEW.state = 'reversed' AND NOT EXISTS (
           SELECT FROM custody_hold_outcome h
             JOIN custody_entry e ON e.fund_id = h.fund_id AND e.reverses = h.sequence
            WHERE h.hold_id = NEW.hold_id)) THEN
        RAISE EXCEPTION 'settlement % cannot be %: its payment is %', NEW.id, NEW.state, coalesce(v_outcome, 'absent')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_follows_its_payment';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_payment AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('instructed', 'paid', 'failed', 'unknown', 'reversed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_payment_guard();

REVOKE EXECUTE ON FUNCTION settlement_lock_claims FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settlement_lock_claims TO trust_app;

CALL custody_pin_search_paths();
