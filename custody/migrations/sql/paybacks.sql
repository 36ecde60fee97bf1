-- A receipt nobody recognised goes back to where it came from: whole, on two keys, held for, and by the bank's evidence.

INSERT INTO custody_state_move (machine, source, target) VALUES
    ('payback', 'proposed', 'approved'), ('payback', 'proposed', 'cancelled'),
    ('payback', 'approved', 'released'), ('payback', 'approved', 'cancelled'),
    ('payback', 'released', 'instructed'), ('payback', 'released', 'cancelled'),
    ('payback', 'instructed', 'paid'), ('payback', 'instructed', 'failed'),
    ('payback', 'paid', 'reversed');
CREATE TRIGGER payback_moves BEFORE INSERT OR UPDATE ON custody_payback
    FOR EACH ROW EXECUTE FUNCTION custody_state_guard('payback', 'proposed');

ALTER TABLE custody_payback
    ADD CONSTRAINT payback_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT payback_of_its_funds_line FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT payback_paid_by_its_funds_line FOREIGN KEY (fund_id, paid_line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT payback_by_its_funds_document FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id),
    ADD CONSTRAINT payback_in_yuan CHECK (amount_currency = 'CNY'),
    ADD CONSTRAINT payback_says_why CHECK (btrim(reason) <> '' AND btrim(holder) <> '' AND btrim(bank_name) <> ''),
    ADD CONSTRAINT payback_promised_is_held CHECK (
        state NOT IN ('approved', 'released', 'instructed', 'paid', 'reversed') OR hold_id IS NOT NULL),
    ADD CONSTRAINT payback_paid_has_a_line CHECK ((state IN ('paid', 'reversed')) = (paid_line_id IS NOT NULL)),
    ADD CONSTRAINT payback_refusal_is_reported CHECK ((evidence <> '') = (reported_by_id IS NOT NULL));

-- What both keys of a payback are bound to; once somebody reports that the bank refused it, the report too, so that the
-- keys before stand on it no longer and a second person's confirms it.
CREATE FUNCTION custody_payback_content(p_payback bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('payback-1', r.fund_id, r.id, k.number, b.position, r.amount,
               r.amount_currency, r.holder, r.number, r.bank_name, r.clearing_number, d.sha256, r.reason,
               r.proposed_by_id, r.evidence, r.reported_by_id)::text, 'UTF8')), 'hex')
      FROM custody_payback r
      JOIN custody_bankline b ON b.id = r.line_id
      JOIN custody_bankaccount k ON k.id = b.account_id
      LEFT JOIN custody_document d ON d.id = r.document_id
     WHERE r.id = p_payback
$$;

-- Proposed by the desk for a receipt in suspense, whole, to the account and the name the bank gave.
CREATE FUNCTION custody_payback_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.proposed_at := custody_now();
    PERFORM custody_lock_fund(NEW.fund_id);
    IF NOT custody_permitted('propose_payback', NEW.proposed_by_id, NEW.fund_id,
            (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not propose a payback', NEW.proposed_by_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payback_proposed_by_the_desk';
    ELSIF NOT EXISTS (
        SELECT FROM custody_bankline b
         WHERE b.id = NEW.line_id AND b.amount = NEW.amount AND b.amount > 0
           AND (b.counterparty_account = NEW.number OR b.counterparty_account = '' AND NEW.document_id IS NOT NULL)
           AND (b.counterparty_name = NEW.holder OR btrim(b.counterparty_name) = '' AND NEW.document_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'line % did not come from account % of %', NEW.line_id, NEW.number, NEW.holder
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payback_to_where_it_came_from';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payback_proposed BEFORE INSERT ON custody_payback
    FOR EACH ROW EXECUTE FUNCTION custody_payback_proposed();

CREATE FUNCTION custody_in_suspense(p_line bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT x.kind = 'suspense' FROM custody_lineexplanation x
                      WHERE x.line_id = p_line ORDER BY x.id DESC LIMIT 1), false)
$$;

-- What was proposed stays; a hold, a report and the bank's line are added, each once.
CREATE FUNCTION custody_payback_facts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_added text[] := ARRAY['state', 'hold_id', 'evidence', 'reported_by_id', 'paid_line_id'];
BEGIN
    IF to_jsonb(NEW) - v_added IS DISTINCT FROM to_jsonb(OLD) - v_added
       OR (OLD.hold_id IS NOT NULL AND NEW.hold_id IS DISTINCT FROM OLD.hold_id)
       OR (OLD.paid_line_id IS NOT NULL AND NEW.paid_line_id IS DISTINCT FROM OLD.paid_line_id)
       OR ((NEW.evidence, NEW.reported_by_id) IS DISTINCT FROM (OLD.evidence, OLD.reported_by_id)
           AND (OLD.evidence <> '' OR OLD.state <> 'instructed' OR NOT custody_permitted('record_outcome',
                NEW.reported_by_id, NEW.fund_id, (custody_now() AT TIME ZONE 'Asia/Shanghai')::date))) THEN
        RAISE EXCEPTION 'payback % stays as it was proposed', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payback_stays_as_proposed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payback_facts BEFORE UPDATE ON custody_payback
    FOR EACH ROW EXECUTE FUNCTION custody_payback_facts();

-- Each step has its keys, its hold and its evidence; nothing is promised for money that is not in suspense.
CREATE FUNCTION custody_payback_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
    v_content text := custody_payback_content(NEW.id);
BEGIN
    PERFORM custody_lock_fund(NEW.fund_id);
    v_name := CASE
        WHEN NEW.state IN ('proposed', 'approved', 'released', 'instructed') AND NEW.evidence = ''
             AND NOT custody_in_suspense(NEW.line_id) THEN 'payback_of_money_in_suspense'
        WHEN NEW.state = 'approved' AND NOT custody_key_turned(NEW.fund_id, 'payback', NEW.id, 'approve', v_content)
            THEN 'payback_needs_its_first_key'
        WHEN NEW.state IN ('released', 'instructed') AND NEW.evidence = ''
             AND NOT custody_both_keys_turned(NEW.fund_id, 'payback', NEW.id, v_content) THEN 'payback_needs_two_keys'
        WHEN EXISTS (SELECT FROM custody_approval a LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = a.id
                      WHERE a.subject_kind = 'payback' AND a.subject_id = NEW.id AND w.id IS NULL
                        AND a.content_sha256 = v_content
                        AND a.operator_id = (CASE NEW.evidence WHEN '' THEN NEW.proposed_by_id ELSE NEW.reported_by_id END))
            THEN 'payback_maker_turns_no_key'
        WHEN NEW.state = 'failed' AND (NEW.evidence = '' OR NOT custody_key_turned(NEW.fund_id, 'payback', NEW.id, 'release', v_content))
            THEN 'payback_refusal_confirmed_by_a_second'
        WHEN NEW.hold_id IS NOT NULL AND NOT EXISTS (
             SELECT FROM custody_hold h JOIN custody_account a ON a.id = h.account_id
               LEFT JOIN custody_hold_outcome o ON o.hold_id = h.id
              WHERE h.id = NEW.hold_id AND h.fund_id = NEW.fund_id AND h.amount = NEW.amount
                AND a.book = 'operating' AND a.kind = 'cash'
                AND (NEW.state IN ('approved', 'released', 'instructed')) = (o.hold_id IS NULL)) THEN 'payback_held_in_full'
        WHEN NEW.paid_line_id IS NOT NULL AND NOT EXISTS (
             SELECT FROM custody_bankline b JOIN custody_hold_outcome o ON o.hold_id = NEW.hold_id AND o.outcome = 'settled'
              WHERE b.id = NEW.paid_line_id AND b.amount = -NEW.amount) THEN 'payback_paid_by_the_banks_line'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'payback % may not be %', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payback_guard AFTER INSERT OR UPDATE ON custody_payback
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION custody_payback_guard();

-- Nothing is released over an open break; while a restore waits to be reopened, keys that it took are turned again over
-- the break that the payback they stood on has made. Whether one may be instructed is the payments' to judge.
CREATE FUNCTION custody_payback_break_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT custody_restore_open(NEW.fund_id) THEN
        PERFORM custody_refuse_open_break(NEW.fund_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payback_open_break AFTER UPDATE ON custody_payback
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION custody_payback_break_guard();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON custody_payback
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CALL custody_judged_by_what_is_committed(ARRAY['custody_payback']);

-- Money that is promised back is nothing else meanwhile; only the bank may take it back, too.
CREATE FUNCTION custody_promised_back_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM custody_lock_fund(NEW.fund_id);
    PERFORM FROM custody_payback r WHERE r.line_id = NEW.line_id AND r.state IN ('approved', 'released', 'instructed', 'paid');
    IF FOUND THEN
        RAISE EXCEPTION 'line % is promised back: it is not %', NEW.line_id, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promised_back_is_nothing_else';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER promised_back AFTER INSERT ON custody_lineexplanation
    FOR EACH ROW WHEN (NEW.kind NOT IN ('suspense', 'payback', 'reversal')) EXECUTE FUNCTION custody_promised_back_guard();
