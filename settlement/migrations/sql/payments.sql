-- What was filed with the bank does not change, and nothing is filed over an open break.

-- Filed by the trust company's people; only the moment of sending is added later, once, by the vault alone (grants.toml).
-- A batch that is adopted after a restore is out already: it says so from the first, so our side never hands it over, and
-- the vault says when it found it out.
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
    IF NEW.adopted_at IS NOT NULL THEN
        NEW.adopted_at := custody_now();
        IF NEW.sent_at IS NOT NULL OR NOT custody_restore_open(NEW.fund_id) OR NOT custody_permitted('adopt_after_restore',
               NEW.created_by_id, NEW.fund_id, (NEW.adopted_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
            RAISE EXCEPTION 'operator % may not adopt batch %', NEW.created_by_id, NEW.message_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_batch_adopted_after_a_restore';
        END IF;
        RETURN NEW;
    END IF;
    PERFORM FROM custody_membership m
      JOIN custody_organisation o ON o.id = m.organisation_id AND o.kind = 'trustee'
      JOIN custody_fundparty p ON p.organisation_id = o.id AND p.fund_id = NEW.fund_id
     WHERE m.operator_id = NEW.created_by_id AND daterange(m.valid_from, m.valid_until) @> v_on
       AND daterange(p.valid_from, p.valid_until) @> v_on;
    -- The batch's day decides whom and from where it pays: it is today's, by the house's clock.
    IF NOT FOUND OR NEW.sent_at IS NOT NULL OR v_on <> (custody_recorded(NEW.created_at) AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'operator % may not file payments of fund %', NEW.created_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_batch_filed_by_trustee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_guard BEFORE INSERT OR UPDATE ON settlement_paymentbatch
    FOR EACH ROW EXECUTE FUNCTION settlement_batch_guard();

-- While the vault hands a file over its orders stand still: nobody ends one meanwhile. It may change none, so it may lock
-- none but by this.
CREATE FUNCTION settlement_lock_orders(p_batch bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM settlement_paymentorder o WHERE o.batch_id = p_batch ORDER BY o.id FOR NO KEY UPDATE;
END $$;

-- Who says that the bank refused is of the trust company's people, and speaks of an order that waits for an answer.
CREATE FUNCTION settlement_refusal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reported_at := custody_recorded(NEW.reported_at);
    IF btrim(NEW.evidence) = '' OR NOT custody_permitted('record_outcome', NEW.reported_by_id, NEW.fund_id,
           (NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date) OR NOT EXISTS (
           SELECT FROM settlement_paymentorder o WHERE o.id = NEW.order_id AND o.outcome IN ('pending', 'unknown')) THEN
        RAISE EXCEPTION 'operator % may not report a refusal of order %', NEW.reported_by_id, NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refusal_reported_by_trustee';
    ELSIF NEW.document_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM custody_document d WHERE d.id = NEW.document_id AND d.kind = 'payment_status') THEN
        RAISE EXCEPTION 'document % is no report of the bank''s on payments', NEW.document_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refusal_from_a_status_report';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refusal_guard BEFORE INSERT ON settlement_refusal
    FOR EACH ROW EXECUTE FUNCTION settlement_refusal_guard();

-- What the second person's key is bound to.
CREATE FUNCTION settlement_refusal_content(p_refusal bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('refusal-1', r.fund_id, r.id, o.end_to_end_id, o.amount,
               o.amount_currency, r.evidence, d.sha256, r.place, r.reported_by_id)::text, 'UTF8')), 'hex')
      FROM settlement_refusal r JOIN settlement_paymentorder o ON o.id = r.order_id
      LEFT JOIN custody_document d ON d.id = r.document_id
     WHERE r.id = p_refusal
$$;

-- True when a second person's key stands on a report that the bank refused this order.
CREATE FUNCTION settlement_refusal_stands(p_order bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM settlement_refusal r
          JOIN custody_approval k ON k.fund_id = r.fund_id AND k.subject_kind = 'refusal' AND k.subject_id = r.id
               AND k.key = 'release' AND k.content_sha256 = settlement_refusal_content(r.id)
               AND k.operator_id <> r.reported_by_id
         WHERE r.order_id = p_order AND custody_key_stands(k.id, k.signed_id))
$$;

-- Days after its day in which the bank may still pay what it was asked for: a weekend at most (docs/limits.md).
CREATE FUNCTION settlement_refusal_wait_days() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 3 $$;

-- Past which day the statement of the account that pays must go before the bank's report is believed: the days in which
-- it may still pay what left, and the day the report came in. NULL while the file has not left.
CREATE FUNCTION settlement_refusal_due(p_refusal bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT greatest(greatest(b.execute_on, (b.sent_at AT TIME ZONE 'Asia/Shanghai')::date) + settlement_refusal_wait_days(),
                    (r.reported_at AT TIME ZONE 'Asia/Shanghai')::date)
      FROM settlement_refusal r
      JOIN settlement_paymentorder o ON o.id = r.order_id
      JOIN settlement_paymentbatch b ON b.id = o.batch_id
     WHERE r.id = p_refusal AND b.sent_at IS NOT NULL
$$;

-- Whether the bank let money go that may be this order's: a line since it was filed that names its invoice, or is of its
-- amount, and pays nothing else on record.
CREATE FUNCTION settlement_debit_seen(p_order bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM settlement_paymentorder o
          JOIN settlement_paymentbatch b ON b.id = o.batch_id
          JOIN settlement_settlement s ON s.id = o.settlement_id
          JOIN custody_bankline l ON l.fund_id = o.fund_id AND l.amount < 0
               AND l.booked_on >= (b.created_at AT TIME ZONE 'Asia/Shanghai')::date
         WHERE o.id = p_order
           AND (l.amount = -o.amount OR position(s.number IN normalize(l.summary || ' ' || l.memo, NFKC)) > 0)
           AND NOT EXISTS (SELECT FROM settlement_paymentorder x WHERE x.bank_line_id = l.id)
           AND NOT EXISTS (SELECT FROM custody_payback x WHERE x.paid_line_id = l.id)
           AND NOT EXISTS (SELECT FROM custody_placement x WHERE x.placed_line_id = l.id))
$$;

-- True when the bank refused this order by two words of its own: its report, kept, and its statement, which went on past
-- the days in which it could have paid, and shows no such payment. A stated quiet period proves no chain of balances:
-- only a later line of the account does.
CREATE FUNCTION settlement_refused_by_the_bank(p_order bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT NOT settlement_debit_seen(p_order) AND EXISTS (
        SELECT FROM settlement_refusal r
          JOIN settlement_paymentorder o ON o.id = r.order_id
          JOIN settlement_paymentbatch b ON b.id = o.batch_id
          JOIN custody_bankline l ON l.account_id = b.debtor_account_id AND l.booked_on > settlement_refusal_due(r.id)
         WHERE r.order_id = p_order AND r.document_id IS NOT NULL)
$$;

-- A credit that names no invoice is a paid order come back, as one of the trust company's people says of an open line.
CREATE FUNCTION settlement_return_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reported_at := custody_recorded(NEW.reported_at);
    IF btrim(NEW.reason) = '' OR NOT custody_permitted('record_outcome', NEW.reported_by_id, NEW.fund_id,
           (NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date) OR NOT EXISTS (
           SELECT FROM settlement_paymentorder o
             JOIN custody_bankline p ON p.id = o.bank_line_id
             JOIN custody_bankline l ON l.id = NEW.line_id AND l.account_id = p.account_id AND l.position > p.position
            WHERE o.id = NEW.order_id AND o.outcome = 'settled' AND o.amount = l.amount
              AND 'suspense' = (SELECT x.kind FROM custody_lineexplanation x WHERE x.line_id = l.id ORDER BY x.id DESC LIMIT 1)) THEN
        RAISE EXCEPTION 'line % is no return of order % that operator % may report', NEW.line_id, NEW.order_id, NEW.reported_by_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'return_reported_by_trustee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER return_guard BEFORE INSERT ON settlement_returntie
    FOR EACH ROW EXECUTE FUNCTION settlement_return_guard();

-- What the second person's key is bound to.
CREATE FUNCTION settlement_return_content(p_return bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('return-1', r.fund_id, r.id, o.end_to_end_id, o.amount,
               o.amount_currency, k.number, l.position, l.booked_on, l.amount, l.counterparty_name, l.counterparty_account,
               r.reason, d.sha256, r.reported_by_id)::text, 'UTF8')), 'hex')
      FROM settlement_returntie r
      JOIN settlement_paymentorder o ON o.id = r.order_id
      JOIN custody_bankline l ON l.id = r.line_id
      JOIN custody_bankaccount k ON k.id = l.account_id
      JOIN custody_document d ON d.id = r.document_id
     WHERE r.id = p_return
$$;

-- Whether the bank's line is this settlement's payment come back: its text names the invoice, or a second person's key
-- stands on a report that it is.
CREATE FUNCTION settlement_came_back(p_settlement bigint, p_line bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM settlement_settlement s JOIN custody_bankline l ON l.id = p_line
         WHERE s.id = p_settlement AND position(s.number IN normalize(l.summary || ' ' || l.memo, NFKC)) > 0)
        OR EXISTS (
        SELECT FROM settlement_returntie r
          JOIN settlement_paymentorder o ON o.id = r.order_id AND o.settlement_id = p_settlement
          JOIN custody_approval k ON k.fund_id = r.fund_id AND k.subject_kind = 'return' AND k.subject_id = r.id
               AND k.key = 'release' AND k.content_sha256 = settlement_return_content(r.id)
               AND k.operator_id <> r.reported_by_id
          LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
         WHERE r.line_id = p_line AND w.id IS NULL)
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
               AND settlement_debtor(s.fund_id, (b.created_at AT TIME ZONE 'Asia/Shanghai')::date) = s.debtor_account_id
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
          OR NEW.outcome = 'failed' AND (NEW.evidence = '' OR NOT (
                settlement_refusal_stands(NEW.id) OR settlement_refused_by_the_bank(NEW.id))) THEN
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
           AND bool_and(o.filed) AND bool_and(b.debtor_account_id = o.debtor)
      INTO v_fits
      FROM settlement_paymentbatch b
      JOIN (SELECT p.batch_id, p.amount, p.amount_currency, p.outcome <> 'pending' OR s.state = 'instructed' AS filed,
                   s.debtor_account_id AS debtor
              FROM settlement_paymentorder p JOIN settlement_settlement s ON s.id = p.settlement_id
            UNION ALL
            SELECT p.batch_id, r.amount, r.amount_currency, r.state IN ('instructed', 'paid', 'failed', 'reversed'),
                   settlement_debtor(r.fund_id, (c.created_at AT TIME ZONE 'Asia/Shanghai')::date)
              FROM settlement_paybackorder p JOIN custody_payback r ON r.id = p.payback_id
              JOIN settlement_paymentbatch c ON c.id = p.batch_id) o ON o.batch_id = b.id
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
             JOIN custody_lineexplanation x ON x.fund_id = e.fund_id AND x.entry_sequence = e.sequence AND x.kind = 'reversal'
            WHERE h.hold_id = NEW.hold_id AND settlement_came_back(NEW.id, x.line_id))) THEN
        RAISE EXCEPTION 'settlement % cannot be %: its payment is %', NEW.id, NEW.state, coalesce(v_outcome, 'absent')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_follows_its_payment';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_payment AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('instructed', 'paid', 'failed', 'unknown', 'reversed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_payment_guard();

-- Nothing is released, instructed or ordered over an open break. What is out already is not stopped by it: an adopted
-- order leaves no second time; and while a restore waits to be reopened, lost keys are turned again over the break that
-- the payments they stood on have made, and nothing is filed on them.
CREATE FUNCTION settlement_adopted(p_settlement bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT b.adopted_at IS NOT NULL
                       FROM settlement_paymentorder o JOIN settlement_paymentbatch b ON b.id = o.batch_id
                      WHERE o.settlement_id = p_settlement ORDER BY o.attempt DESC LIMIT 1), false)
$$;
CREATE FUNCTION settlement_open_break_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_TABLE_NAME = 'settlement_paymentorder' THEN
        IF NOT settlement_adopted((to_jsonb(NEW) ->> 'settlement_id')::bigint) THEN
            IF custody_restore_open(NEW.fund_id) THEN
                RAISE EXCEPTION 'fund % was restored to an earlier moment and is not reopened yet', NEW.fund_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'nothing_leaves_before_reopening';
            END IF;
            PERFORM custody_refuse_open_break(NEW.fund_id);
        END IF;
    ELSIF NOT (CASE NEW.state WHEN 'released' THEN custody_restore_open(NEW.fund_id)
                              ELSE settlement_adopted(NEW.id) END) THEN
        PERFORM custody_refuse_open_break(NEW.fund_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_open_break AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('released', 'instructed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_open_break_guard();
CREATE TRIGGER order_open_break AFTER INSERT ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION settlement_open_break_guard();

CALL custody_pin_search_paths();
