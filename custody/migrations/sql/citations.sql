-- Cash moves by the bank's lines alone, each of which moves exactly its amount, in its fund; what is in transit cites its
-- order or its batch, a placement its order. The handover and a resolved transfer between books are the only others.
--
-- An entry cites the bank's line in its key, so that a key of that shape is taken by nothing else: bank:NUMBER:PLACE, and
-- for what undoes entry N and what stands in its place bank:NUMBER:PLACE:word:N. Every fund with an account at a bank is
-- bound; one without can pay nobody (settlement_debtor).

-- The bank line of the fund that a key names: how keys of that line begin, its amount, the last entry the key names.
CREATE FUNCTION custody_cited_line(p_fund integer, p_key text, OUT name text, OUT amount numeric, OUT named integer)
LANGUAGE sql STABLE AS $$
    SELECT 'bank:' || k.number || ':' || m.place[1], b.amount, m.place[3]::integer
      FROM custody_bankaccount k
     CROSS JOIN LATERAL regexp_match(substr(p_key, length(k.number) + 7),
                                     '^([1-9][0-9]{0,8})(:[a-z_]+:([0-9]{1,9}))?$') AS m(place)
      JOIN custody_bankline b ON b.account_id = k.id AND b.fund_id = k.fund_id AND b.position = m.place[1]::integer
     WHERE k.fund_id = p_fund AND starts_with(p_key, 'bank:' || k.number || ':')
     LIMIT 1
$$;

-- What all entries whose keys begin so have moved of the fund's cash.
CREATE FUNCTION custody_moved_by(p_fund integer, p_name text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.amount), 0)
      FROM custody_entry n
      JOIN custody_line l ON l.fund_id = n.fund_id AND l.sequence = n.sequence
      JOIN custody_account a ON a.id = l.account_id AND a.kind = 'cash'
     WHERE n.fund_id = p_fund AND n.key >= p_name COLLATE "C" AND n.key < (p_name || ';') COLLATE "C"
       AND (n.key = p_name OR starts_with(n.key, p_name || ':'))
$$;

-- What is wrong with an entry whose key begins as a bank line's: NULL when nothing is. A plain key is the line's own
-- entry, and books all of it; any other names an entry of the same line that it undoes, or that is undone.
CREATE FUNCTION custody_judge_bank_key(p_entry custody_entry, p_cash numeric) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN c.amount IS NULL THEN 'key_names_its_bank_line'
        WHEN c.named IS NULL AND p_cash IS DISTINCT FROM c.amount THEN 'bank_line_moves_its_amount'
        WHEN c.named <> coalesce(p_entry.reverses, 0) AND NOT EXISTS (
             SELECT FROM custody_entry u WHERE u.fund_id = p_entry.fund_id AND u.reverses = c.named
                AND starts_with(u.key, c.name || ':')) THEN 'key_names_its_bank_line'
        WHEN custody_moved_by(p_entry.fund_id, c.name) NOT IN (0, c.amount) THEN 'bank_line_moves_its_amount'
        END
      FROM custody_cited_line(p_entry.fund_id, p_entry.key) c
$$;

-- The first of these entries that moves cash, money in transit or a placement without citing what it must.
CREATE FUNCTION custody_judge_citations(p_fund integer, p_first integer, p_last integer) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    PERFORM FROM custody_bankaccount k WHERE k.fund_id = p_fund;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT e.sequence, e.key, j.name INTO bad
      FROM custody_entry e
      JOIN custody_fund f ON f.id = e.fund_id
     CROSS JOIN LATERAL (
        SELECT sum(l.amount) FILTER (WHERE a.kind = 'cash') AS cash, min(a.book) AS book,
               bool_or(a.kind = 'in_transit') AS transit, bool_or(a.kind = 'placement') AS placed
          FROM custody_line l JOIN custody_account a ON a.id = l.account_id
         WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence) t
     CROSS JOIN LATERAL (SELECT CASE
        WHEN starts_with(e.key, 'bank:') THEN custody_judge_bank_key(e, t.cash)
        WHEN t.cash IS NOT NULL AND NOT (e.template = 'book_transfer' AND t.cash = 0)
             AND NOT (e.template = 'handover' AND e.key = 'handover:' || t.book AND e.effective_on < f.opened_on)
            THEN 'cash_cites_its_bank_line'
        WHEN t.transit AND NOT starts_with(e.key, 'order:') AND NOT (starts_with(e.key, 'revenue:') AND EXISTS (
             SELECT FROM custody_revenueline r WHERE r.fund_id = e.fund_id AND 'revenue:' || r.batch = e.source))
            THEN 'in_transit_cites_its_order_or_batch'
        END AS wrong) w
     CROSS JOIN LATERAL (SELECT CASE WHEN w.wrong IS NOT NULL THEN w.wrong
        WHEN t.placed AND NOT EXISTS (SELECT FROM custody_placement p
              WHERE p.fund_id = e.fund_id AND p.book = t.book AND 'placement:' || p.order_key = e.source)
            THEN 'placement_cites_its_order' END AS name) j
     WHERE e.fund_id = p_fund AND e.sequence BETWEEN p_first AND p_last AND j.name IS NOT NULL
     ORDER BY e.sequence LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %/% (%) is refused by %', p_fund, bad.sequence, bad.key, bad.name
            USING CONSTRAINT = bad.name, ERRCODE = 'check_violation';
    END IF;
END $$;

-- Judged at commit, since the order is stored beside the entry it names: who posts under an order's key has that order,
-- and under a longer one undoes its entry.
CREATE FUNCTION custody_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_channelorder o
      JOIN custody_line l ON l.fund_id = o.fund_id AND l.sequence = o.entry_sequence AND l.amount = o.amount
      JOIN custody_account a ON a.id = l.account_id AND a.kind = 'in_transit'
     WHERE o.fund_id = NEW.fund_id
       AND (o.entry_sequence = NEW.sequence AND NEW.key = 'order:' || o.order_number
            OR o.entry_sequence = NEW.reverses AND starts_with(NEW.key, 'order:' || o.order_number || ':'));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'entry %/% is no order of the merchant''s: %', NEW.fund_id, NEW.sequence, NEW.key
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_names_its_order';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_guard AFTER INSERT ON custody_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (starts_with(NEW.key, 'order:'))
    EXECUTE FUNCTION custody_order_guard();
ALTER TABLE custody_entry ENABLE ALWAYS TRIGGER order_guard;

-- A bank line comes from a kept file of the bank's, never from a paper of another kind.
CREATE FUNCTION custody_bank_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_document d WHERE d.id = NEW.source_file_id AND d.fund_id = NEW.fund_id AND d.kind = 'bank';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'bank line % of account % comes from no file of the bank''s', NEW.position, NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_line_from_a_bank_file';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_guard BEFORE INSERT ON custody_bankline
    FOR EACH ROW EXECUTE FUNCTION custody_bank_line_guard();
