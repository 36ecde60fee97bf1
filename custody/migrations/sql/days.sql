-- The proof of a day, written down by one of the trust company's people and signed by another with a key.

-- What the bank shows and the books hold at the end of a day, in yuan; how far the bank has spoken, what is unexplained.
CREATE FUNCTION custody_day_figures(p_fund bigint, p_day date)
RETURNS TABLE (bank numeric, book numeric, in_transit numeric, last_entry integer, chain text, breaks bigint,
               covered boolean) LANGUAGE sql STABLE AS $$
    SELECT (SELECT sum(newest.balance)
              FROM custody_bankaccount k
             CROSS JOIN LATERAL (SELECT b.balance FROM custody_bankline b
                                  WHERE b.account_id = k.id AND b.booked_on <= p_day
                                  ORDER BY b.position DESC LIMIT 1) newest
             WHERE k.fund_id = p_fund),
           books.cash, books.in_transit, e.sequence, encode(e.chain, 'hex'),
           (SELECT count(*) FROM custody_lineexplanation x JOIN custody_bankline b ON b.id = x.line_id
             WHERE x.fund_id = p_fund AND x.kind = 'unexplained' AND b.booked_on <= p_day
               AND NOT EXISTS (SELECT FROM custody_lineexplanation n WHERE n.line_id = x.line_id AND n.id > x.id)),
           coalesce(greatest((SELECT max(b.booked_on) FROM custody_bankline b WHERE b.fund_id = p_fund),
                             (SELECT max(p.to_on) FROM custody_bankperiod p WHERE p.fund_id = p_fund)) >= p_day, false)
      FROM custody_entry e
     CROSS JOIN LATERAL (
        SELECT coalesce(sum(v.posted - later.amount) FILTER (WHERE a.kind = 'cash'), 0) AS cash,
               coalesce(sum(v.posted - later.amount) FILTER (WHERE a.kind = 'in_transit'), 0) AS in_transit
          FROM custody_account a JOIN custody_balance v ON v.account_id = a.id
         CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS amount FROM custody_line l
                              WHERE l.account_id = a.id AND l.effective_on > p_day) later
         WHERE a.fund_id = p_fund AND a.kind IN ('cash', 'in_transit')) books
     WHERE e.fund_id = p_fund AND e.sequence = custody_last_entry_through(p_fund, p_day)
$$;

-- What the key on a day is bound to.
CREATE FUNCTION custody_day_content(p_sheet bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('day-1', s.fund_id, s.id, s.day, s.bank, s.book, s.in_transit,
               s.last_entry, s.chain)::text, 'UTF8')), 'hex')
      FROM custody_daysheet s WHERE s.id = p_sheet
$$;

-- True while the day stands as the sheet says: bank = book, nothing unexplained, nothing booked into it since.
CREATE FUNCTION custody_day_stands(p_sheet bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_daysheet s CROSS JOIN LATERAL custody_day_figures(s.fund_id, s.day) f
         WHERE s.id = p_sheet AND f.covered AND f.breaks = 0 AND f.bank = f.book AND s.bank = f.bank AND s.book = f.book
           AND s.in_transit = f.in_transit AND s.last_entry = f.last_entry AND s.chain = f.chain)
$$;

-- Prepared by people who may, when this clock says, with the database's own figures, and for a day that is proven.
CREATE FUNCTION custody_day_prepared() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_today date;
    f record;
BEGIN
    PERFORM custody_lock_fund(NEW.fund_id);
    NEW.prepared_at := custody_now();
    v_today := (NEW.prepared_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT custody_permitted('prepare_day', NEW.prepared_by_id, NEW.fund_id, v_today) THEN
        RAISE EXCEPTION 'operator % may not prepare days of fund %', NEW.prepared_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_prepared_by_the_desk';
    END IF;
    SELECT * INTO f FROM custody_day_figures(NEW.fund_id, NEW.day);
    IF NOT FOUND OR NEW.day > v_today OR NOT f.covered OR f.breaks > 0 OR f.bank IS DISTINCT FROM f.book THEN
        RAISE EXCEPTION 'fund %: % is not proven', NEW.fund_id, NEW.day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_is_proven';
    END IF;
    NEW.bank := f.bank;
    NEW.book := f.book;
    NEW.in_transit := f.in_transit;
    NEW.last_entry := f.last_entry;
    NEW.chain := f.chain;
    RETURN NEW;
END $$;
CREATE TRIGGER day_prepared BEFORE INSERT ON custody_daysheet
    FOR EACH ROW EXECUTE FUNCTION custody_day_prepared();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_daysheet
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CALL custody_judged_by_what_is_committed(ARRAY['custody_daysheet']);

-- A day is signed by the trust company's key, in another hand than prepared it, while it stands as it was prepared.
CREATE FUNCTION custody_day_signed_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_sheet custody_daysheet;
BEGIN
    SELECT * INTO v_sheet FROM custody_daysheet WHERE id = NEW.subject_id AND fund_id = NEW.fund_id;
    IF NOT FOUND OR NEW.key <> 'release' OR v_sheet.prepared_by_id = NEW.operator_id THEN
        RAISE EXCEPTION 'day sheet % is not signed by operator %', NEW.subject_id, NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_signed_by_another';
    END IF;
    PERFORM custody_lock_fund(v_sheet.fund_id);
    IF NEW.content_sha256 <> custody_day_content(v_sheet.id) OR NOT custody_day_stands(v_sheet.id) THEN
        RAISE EXCEPTION 'day sheet %: the day has moved on', v_sheet.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'day_signed_as_it_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER day_signed BEFORE INSERT ON custody_approval
    FOR EACH ROW WHEN (NEW.subject_kind = 'day') EXECUTE FUNCTION custody_day_signed_guard();

-- The sheets of these funds that stand and that nobody signed, for whom no other sheet of the day was signed either.
CREATE FUNCTION custody_sheets_to_sign(p_funds bigint[]) RETURNS SETOF custody_daysheet LANGUAGE sql STABLE AS $$
    SELECT s.* FROM custody_daysheet s
     WHERE s.fund_id = ANY (p_funds) AND s.last_entry = custody_last_entry_through(s.fund_id, s.day)
       AND NOT EXISTS (
            SELECT FROM custody_daysheet o
              JOIN custody_approval a ON a.subject_kind = 'day' AND a.subject_id = o.id AND custody_key_stands(a.id, a.signed_id)
             WHERE o.fund_id = s.fund_id AND o.day = s.day AND o.last_entry = s.last_entry)
$$;
