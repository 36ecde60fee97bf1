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

-- What both keys of an explanation are bound to: the line or order, what it is said to be, why, and the paper's bytes.
CREATE FUNCTION custody_break_content(p_explanation bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('break-1', e.fund_id, e.id, k.number, l.position, l.booked_on,
               l.amount, l.amount_currency, l.counterparty_name, l.counterparty_account, l.summary, l.memo, o.order_number,
               o.paid_on, o.amount, o.amount_currency, o.payer_name, e.kind, g.position, g.amount, e.reason, d.kind,
               d.sha256, e.proposed_by_id)::text, 'UTF8')), 'hex')
      FROM custody_breakexplanation e
      JOIN custody_document d ON d.id = e.document_id
      LEFT JOIN custody_bankline l ON l.id = e.line_id
      LEFT JOIN custody_bankaccount k ON k.id = l.account_id
      LEFT JOIN custody_channelorder o ON o.id = e.order_id
      LEFT JOIN custody_bankline g ON g.id = e.gives_back_id
     WHERE e.id = p_explanation
$$;

-- Whether two keys in two hands, neither of them its maker's, stand on an explanation that nobody took back.
CREATE FUNCTION custody_explanation_keyed(p_explanation bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_breakexplanation e
          LEFT JOIN custody_breakexplanationwithdrawal w ON w.explanation_id = e.id
         CROSS JOIN LATERAL custody_break_content(e.id) AS c(content)
         WHERE e.id = p_explanation AND w.id IS NULL
           AND custody_both_keys_stood(e.fund_id, 'break', e.id, c.content)
           AND NOT EXISTS (SELECT FROM custody_approval a WHERE a.subject_kind = 'break' AND a.subject_id = e.id
                              AND a.content_sha256 = c.content AND a.operator_id = e.proposed_by_id))
$$;

-- Days a merchant order may be on its way to the bank: the deed's, and where it is silent the figure of docs/limits.md.
CREATE FUNCTION custody_in_transit_days_default() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 10 $$;
CREATE FUNCTION custody_in_transit_days(p_fund bigint, p_on date) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE WHEN t.value ~ '^[0-9]{1,2}$' THEN t.value::integer END FROM custody_deedterm t
         WHERE t.fund_id = p_fund AND t.term = 'in_transit_days' AND t.effective_from <= p_on
         ORDER BY t.effective_from DESC LIMIT 1), custody_in_transit_days_default())
$$;

-- Whether people said on two keys that the order never reached the bank.
CREATE FUNCTION custody_order_voided(p_order bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM custody_breakexplanation e WHERE e.order_id = p_order AND custody_explanation_keyed(e.id))
$$;

-- Whether an order of the fund should have reached the bank by now, and no line of the bank's says that it did.
CREATE FUNCTION custody_order_late(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_channelorder o
         WHERE o.fund_id = p_fund AND o.bank_line_id IS NULL
           AND o.paid_on < (custody_now() AT TIME ZONE 'Asia/Shanghai')::date - custody_in_transit_days(p_fund, o.paid_on)
           AND NOT custody_order_voided(o.id))
$$;

-- What left one of the fund's own accounts for another and is on no statement of that one: of transfers alike the
-- oldest has arrived first.
CREATE FUNCTION custody_transfers_under_way(p_fund bigint, OUT line_id bigint, OUT booked_on date, OUT amount numeric)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
    WITH half AS (
        SELECT l.id, l.position, l.booked_on, l.amount, k.number AS own, l.counterparty_account AS other
          FROM custody_lineexplanation x
          JOIN custody_bankline l ON l.id = x.line_id
          JOIN custody_bankaccount k ON k.id = l.account_id
         WHERE x.fund_id = p_fund AND x.kind = 'own_transfer'
           AND NOT EXISTS (SELECT FROM custody_lineexplanation n WHERE n.line_id = x.line_id AND n.id > x.id)
    ), sent AS (
        SELECT h.*, row_number() OVER (PARTITION BY h.own, h.other, h.amount ORDER BY h.position) AS place
          FROM half h WHERE h.amount < 0)
    SELECT s.id, s.booked_on, -s.amount FROM sent s
     WHERE s.place > (SELECT count(*) FROM half a WHERE a.own = s.other AND a.other = s.own AND a.amount = -s.amount)
     ORDER BY s.booked_on, s.id
$$;

-- Those of them that should have arrived by now: within the days a merchant order has.
CREATE FUNCTION custody_late_transfers(p_fund bigint, OUT line_id bigint, OUT booked_on date, OUT amount numeric)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT t.line_id, t.booked_on, t.amount FROM custody_transfers_under_way(p_fund) t
     WHERE t.booked_on < (custody_now() AT TIME ZONE 'Asia/Shanghai')::date - custody_in_transit_days(p_fund, t.booked_on)
$$;

-- A break: bank and book differ, a broken file waits to be replaced, money stands in either book of the fund, a line is
-- still unexplained whatever was posted, a merchant order never reached the bank, a transfer never reached the fund's
-- other account, or the bank took more than was free.
CREATE FUNCTION custody_break_open(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
         WHERE a.fund_id = p_fund AND a.kind = 'unexplained' AND b.posted <> 0)
        OR EXISTS (
        SELECT FROM custody_lineexplanation x
         WHERE x.fund_id = p_fund AND x.kind = 'unexplained'
           AND NOT EXISTS (SELECT FROM custody_lineexplanation n WHERE n.line_id = x.line_id AND n.id > x.id))
        OR custody_fund_short(p_fund) OR custody_file_broken(p_fund) OR custody_order_late(p_fund)
        OR EXISTS (SELECT FROM custody_late_transfers(p_fund)) OR coalesce(custody_bank_difference(p_fund), 0) <> 0
$$;

-- Queues behind whoever is posting to the fund, so a break recorded at the same moment is seen; hence its callers have
-- their owner's rights.
CREATE FUNCTION custody_refuse_open_break(p_fund bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_ledger_head h WHERE h.fund_id = p_fund FOR NO KEY UPDATE;
    IF custody_break_open(p_fund) THEN
        RAISE EXCEPTION 'fund % has a break between bank and book: nothing is released until it is mended', p_fund
            USING ERRCODE = 'check_violation', CONSTRAINT = 'no_release_over_an_open_break';
    END IF;
END $$;

-- For any table whose row is, or comes to be, an order for money to leave.
CREATE FUNCTION custody_open_break_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM custody_refuse_open_break(NEW.fund_id);
    RETURN NULL;
END $$;

CREATE TRIGGER placement_open_break AFTER UPDATE ON custody_placement
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> 'released')
    EXECUTE FUNCTION custody_open_break_guard();
