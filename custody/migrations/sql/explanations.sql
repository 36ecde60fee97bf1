-- What a line of the bank's is found to be: by rule where the database itself sees why, else by a person's explanation
-- with a reason, a paper and two keys. Until then it is open, and a break.

-- The account an explained line is booked on; NULL for a kind that nobody explains by hand.
CREATE FUNCTION custody_break_account(p_kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE p_kind WHEN 'wrong_account' THEN 'recoverable'
                       WHEN 'bank_charge' THEN p_kind WHEN 'interest_tax' THEN p_kind WHEN 'interest_charged' THEN p_kind
                       WHEN 'judicial' THEN p_kind WHEN 'refund' THEN p_kind END
$$;

ALTER TABLE custody_channelorder ADD CONSTRAINT channel_order_of_fund UNIQUE (fund_id, id);
ALTER TABLE custody_breakexplanation
    ADD CONSTRAINT break_of_its_funds_order FOREIGN KEY (fund_id, order_id) REFERENCES custody_channelorder (fund_id, id),
    ADD CONSTRAINT break_of_a_kind CHECK (custody_break_account(kind) IS NOT NULL OR kind = 'order_void'),
    ADD CONSTRAINT break_of_a_line_or_an_order CHECK (
        (line_id IS NULL) = (order_id IS NOT NULL) AND (kind = 'order_void') = (order_id IS NOT NULL)),
    ADD CONSTRAINT break_says_why CHECK (btrim(reason) <> ''),
    ADD CONSTRAINT break_gives_back_as_a_refund CHECK ((kind = 'refund') = (gives_back_id IS NOT NULL)),
    ADD CONSTRAINT break_of_its_funds_line FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT break_gives_back_its_funds_line
        FOREIGN KEY (fund_id, gives_back_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT break_by_its_funds_paper FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id);
ALTER TABLE custody_breakexplanationwithdrawal ADD CONSTRAINT break_withdrawal_says_why CHECK (btrim(reason) <> '');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_breakexplanation
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_breakexplanationwithdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Whether this line has such an explanation as this kind.
CREATE FUNCTION custody_break_keyed(p_line bigint, p_kind text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM custody_breakexplanation e
                    WHERE e.line_id = p_line AND e.kind = p_kind AND custody_explanation_keyed(e.id))
$$;

-- Proposed by the trust company's desk, of a line that is open; a refund gives back a receipt that was income, and no
-- more of it than came in.
CREATE FUNCTION custody_break_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_line custody_bankline;
    v_was  text;
BEGIN
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM custody_channelorder o WHERE o.id = NEW.order_id AND o.bank_line_id IS NULL
               AND NOT EXISTS (SELECT FROM custody_entry e WHERE e.fund_id = o.fund_id AND e.reverses = o.entry_sequence)) THEN
        RAISE EXCEPTION 'order % is not on its way', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'break_is_open';
    END IF;
    SELECT * INTO v_line FROM custody_bankline WHERE id = NEW.line_id;
    SELECT x.kind INTO v_was FROM custody_lineexplanation x WHERE x.line_id = NEW.line_id ORDER BY x.id DESC LIMIT 1;
    IF NOT custody_permitted('explain_break', NEW.proposed_by_id, NEW.fund_id,
           (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not explain lines of fund %', NEW.proposed_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'break_explained_by_trustee';
    ELSIF NEW.order_id IS NULL AND v_was IS DISTINCT FROM (CASE WHEN v_line.amount < 0 THEN 'unexplained' ELSE 'suspense' END)
          AND NOT (v_was IS NOT DISTINCT FROM 'own_transfer' AND EXISTS (
                   SELECT FROM custody_late_transfers(NEW.fund_id::bigint) t WHERE t.line_id = NEW.line_id)) THEN
        RAISE EXCEPTION 'line % is not open', NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'break_is_open';
    ELSIF NEW.kind = 'refund' AND NOT EXISTS (
            SELECT FROM custody_bankline g
              JOIN LATERAL (SELECT x.kind FROM custody_lineexplanation x WHERE x.line_id = g.id ORDER BY x.id DESC LIMIT 1) x
                ON x.kind IN ('property_fee', 'merchant_lump', 'public_revenue', 'grant', 'identified')
             WHERE g.id = NEW.gives_back_id AND g.account_id = v_line.account_id AND g.position < v_line.position
               AND v_line.amount < 0 AND g.amount + v_line.amount + custody_given_back(g.id) >= 0) THEN
        RAISE EXCEPTION 'line % gives back no such receipt', NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_of_a_receipt';
    END IF;
    RETURN NEW;
END $$;

-- What refunds booked already gave back of a receipt, signed as they left (never above zero).
CREATE FUNCTION custody_given_back(p_line bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.amount), 0) FROM custody_bankline l
     WHERE l.id IN (SELECT e.line_id FROM custody_breakexplanation e WHERE e.gives_back_id = p_line)
       AND 'refund' = (SELECT x.kind FROM custody_lineexplanation x WHERE x.line_id = l.id ORDER BY x.id DESC LIMIT 1)
$$;
CREATE TRIGGER break_guard BEFORE INSERT ON custody_breakexplanation
    FOR EACH ROW EXECUTE FUNCTION custody_break_guard();

-- Taken back by the desk, before both keys stand on it; a key turned at the same moment waits.
CREATE FUNCTION custody_break_withdrawal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('approval:break'), (NEW.explanation_id % 2147483647)::int);
    PERFORM FROM custody_breakexplanation e
     WHERE e.id = NEW.explanation_id
       AND custody_permitted('explain_break', NEW.operator_id, e.fund_id,
               (NEW.withdrawn_at AT TIME ZONE 'Asia/Shanghai')::date)
       AND NOT custody_explanation_keyed(e.id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'explanation % is booked, or not of operator %''s trust company', NEW.explanation_id, NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'break_withdrawn_before_it_is_booked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER break_withdrawal_guard BEFORE INSERT ON custody_breakexplanationwithdrawal
    FOR EACH ROW EXECUTE FUNCTION custody_break_withdrawal_guard();

-- Keys on what is booked stay: the database asks for them ever after.
CREATE FUNCTION custody_booked_keys_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_explanation bigint := (SELECT a.subject_id FROM custody_approval a
                              WHERE a.id = NEW.approval_id AND a.subject_kind = 'break');
BEGIN
    IF v_explanation IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('approval:break'), (v_explanation % 2147483647)::int);
        IF custody_explanation_keyed(v_explanation) THEN
            RAISE EXCEPTION 'explanation % is booked: its keys stay', v_explanation
                USING ERRCODE = 'check_violation', CONSTRAINT = 'keys_of_what_is_booked_stay';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booked_keys_guard BEFORE INSERT ON custody_approvalwithdrawal
    FOR EACH ROW EXECUTE FUNCTION custody_booked_keys_guard();

-- Whether the entry moves the line's whole amount on an account of this kind, against it.
CREATE FUNCTION custody_books_the_line(p_fund bigint, p_sequence bigint, p_account text, p_amount numeric) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM custody_line l JOIN custody_account a ON a.id = l.account_id AND a.kind = p_account
                    WHERE l.fund_id = p_fund AND l.sequence = p_sequence AND l.amount = -p_amount)
$$;

-- What a line is said to be has its reason in the database: money out is a payment or placement whose hold its entry
-- ended, the bank's own reversal, a charge that rules may book, or what two keys say; and open until one of these.
CREATE FUNCTION custody_explanation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_line custody_bankline;
    v_fits boolean;
BEGIN
    SELECT * INTO v_line FROM custody_bankline WHERE id = NEW.line_id;
    v_fits := CASE
        WHEN custody_break_account(NEW.kind) IS NOT NULL THEN
            (NEW.kind = 'bank_charge' AND v_line.amount < 0 AND custody_bank_charge_doubt(NEW.line_id) IS NULL
             OR custody_break_keyed(NEW.line_id, NEW.kind))
            AND custody_books_the_line(NEW.fund_id, NEW.entry_sequence, custody_break_account(NEW.kind), v_line.amount)
        WHEN NEW.kind = 'order_void' THEN false
        WHEN v_line.amount > 0 THEN true
        WHEN NEW.kind = 'unexplained' THEN true
        WHEN NEW.kind = 'reversal' THEN EXISTS (
            SELECT FROM custody_bankline o
              JOIN custody_entry e ON e.fund_id = NEW.fund_id AND e.sequence = NEW.entry_sequence AND e.reverses IS NOT NULL
             WHERE o.account_id = v_line.account_id AND o.amount = -v_line.amount)
        WHEN NEW.kind = 'own_transfer' THEN EXISTS (
            SELECT FROM custody_bankaccount k WHERE k.fund_id = NEW.fund_id AND k.id <> v_line.account_id
               AND k.number = v_line.counterparty_account)
            AND custody_books_the_line(NEW.fund_id, NEW.entry_sequence, 'in_transit', v_line.amount)
        WHEN NEW.kind IN ('payment', 'placement_out', 'payback') THEN EXISTS (
            SELECT FROM custody_hold_outcome h
             WHERE h.fund_id = NEW.fund_id AND h.outcome = 'settled' AND h.sequence = NEW.entry_sequence)
        ELSE false END;
    IF v_fits IS NOT TRUE THEN
        RAISE EXCEPTION 'nothing shows that line % is %', NEW.line_id, NEW.kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'explanation_has_its_reason';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER explanation_guard BEFORE INSERT ON custody_lineexplanation
    FOR EACH ROW EXECUTE FUNCTION custody_explanation_guard();

-- Judged at commit: what stands on an account for explained money was put there by a line explained so, or by the
-- mirror of such an entry.
CREATE FUNCTION custody_keyed_balance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_line l
      JOIN custody_account a ON a.id = l.account_id
      JOIN custody_entry e ON e.fund_id = l.fund_id AND e.sequence = l.sequence AND e.reverses IS NULL
     WHERE l.account_id = NEW.account_id AND NOT EXISTS (
           SELECT FROM custody_lineexplanation x
            WHERE x.fund_id = e.fund_id AND x.entry_sequence = e.sequence AND custody_break_account(x.kind) = a.kind);
    IF FOUND THEN
        RAISE EXCEPTION 'account % is moved by explanations on two keys alone', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'explained_money_has_two_keys';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER keyed_balance AFTER UPDATE ON custody_balance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.guard = 2 AND NEW.posted <> OLD.posted)
    EXECUTE FUNCTION custody_keyed_balance_guard();
ALTER TABLE custody_balance ENABLE ALWAYS TRIGGER keyed_balance;
