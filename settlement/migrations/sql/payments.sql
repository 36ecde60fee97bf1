-- What was filed with the bank does not change, and nothing is filed over an open break.

-- Filed by the trust company's people; only the moment of sending is added later, once.
CREATE FUNCTION settlement_batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date := (NEW.created_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'sent_at' IS DISTINCT FROM to_jsonb(OLD) - 'sent_at'
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

-- Who says that the bank refused is of the trust company's people, and speaks of an order that waits for an answer.
CREATE FUNCTION settlement_refusal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF btrim(NEW.evidence) = '' OR NOT custody_permitted('record_outcome', NEW.reported_by_id, NEW.fund_id,
           (NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date) OR NOT EXISTS (
           SELECT FROM settlement_paymentorder o WHERE o.id = NEW.order_id AND o.outcome IN ('pending', 'unknown')) THEN
        RAISE EXCEPTION 'operator % may not report a refusal of order %', NEW.reported_by_id, NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refusal_reported_by_trustee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refusal_guard BEFORE INSERT ON settlement_refusal
    FOR EACH ROW EXECUTE FUNCTION settlement_refusal_guard();

-- What the second person's key is bound to.
CREATE FUNCTION settlement_refusal_content(p_refusal bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('refusal-1', r.fund_id, r.id, o.end_to_end_id, o.amount,
               o.amount_currency, r.evidence, r.reported_by_id)::text, 'UTF8')), 'hex')
      FROM settlement_refusal r JOIN settlement_paymentorder o ON o.id = r.order_id
     WHERE r.id = p_refusal
$$;

-- True when a second person's key stands on a report that the bank refused this order.
CREATE FUNCTION settlement_refusal_stands(p_order bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM settlement_refusal r
          JOIN custody_approval k ON k.fund_id = r.fund_id AND k.subject_kind = 'refusal' AND k.subject_id = r.id
               AND k.key = 'release' AND k.content_sha256 = settlement_refusal_content(r.id)
               AND k.operator_id <> r.reported_by_id
          LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
         WHERE r.order_id = p_order AND w.id IS NULL)
$$;

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
          OR NEW.outcome = 'failed' AND (NEW.evidence = '' OR NOT settlement_refusal_stands(NEW.id)) THEN
        RAISE EXCEPTION 'order % has no bank evidence of being %', OLD.end_to_end_id, NEW.outcome
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_outcome_has_evidence';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_guard BEFORE INSERT OR UPDATE ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION settlement_order_guard();

-- Judged at commit: a batch is its manifest's orders, no more and no fewer, each of a settlement filed with it, paid
-- from the account the keys were turned on. An order added to a filed batch later breaks the count.
CREATE FUNCTION settlement_manifest_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_batch bigint := CASE TG_TABLE_NAME WHEN 'settlement_paymentbatch' THEN NEW.id
                      ELSE (to_jsonb(NEW) ->> 'batch_id')::bigint END;
    v_fits boolean;
BEGIN
    SELECT count(*) = b.order_count AND sum(o.amount) = b.total AND bool_and(o.amount_currency = b.total_currency)
           AND bool_and(o.outcome <> 'pending' OR s.state = 'instructed') AND b.debtor_account_id = settlement_debtor(b.fund_id)
      INTO v_fits
      FROM settlement_paymentbatch b
      JOIN settlement_paymentorder o ON o.batch_id = b.id
      JOIN settlement_settlement s ON s.id = o.settlement_id
     WHERE b.id = v_batch
     GROUP BY b.id;
    IF v_fits IS NOT TRUE THEN
        RAISE EXCEPTION 'batch % is not what its orders say', v_batch
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_batch_is_its_orders';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER batch_manifest AFTER INSERT ON settlement_paymentbatch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_manifest_guard();
CREATE CONSTRAINT TRIGGER order_manifest AFTER INSERT ON settlement_paymentorder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_manifest_guard();

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

CREATE TRIGGER settlement_open_break AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('released', 'instructed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION custody_open_break_guard();
CREATE TRIGGER order_open_break AFTER INSERT ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION custody_open_break_guard();

CALL custody_pin_search_paths();
