-- What the journal's tables refuse, whoever writes: judged on all rows of one statement.

-- Everything an entry must be, judged on the lines of one statement.
CREATE FUNCTION custody_line_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT g.fund_id, g.sequence, g.total, g.lines, e.line_count, e.template, e.source, e.effective_on,
           g.first_on, g.last_on, g.last_no
      INTO bad
      FROM (SELECT l.fund_id, l.sequence, sum(l.amount) AS total, count(*) AS lines,
                   max(l.line_no) AS last_no, min(l.effective_on) AS first_on, max(l.effective_on) AS last_on,
                   bool_or(a.book = 'maintenance') <> bool_and(a.book = 'maintenance') AS crosses
              FROM fresh l
              JOIN custody_account a ON a.id = l.account_id
             GROUP BY l.fund_id, l.sequence) g
      LEFT JOIN custody_entry e ON e.fund_id = g.fund_id AND e.sequence = g.sequence
     WHERE g.total <> 0 OR g.lines IS DISTINCT FROM e.line_count OR g.last_no <> g.lines
        OR g.first_on <> e.effective_on OR g.last_on <> e.effective_on
        OR (g.crosses AND NOT (e.template = 'book_transfer' AND EXISTS (
               SELECT FROM custody_resolution r
                WHERE r.fund_id = e.fund_id AND 'resolution:' || r.id = e.source)))
     LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF bad.total <> 0 THEN
        RAISE EXCEPTION 'entry %/% is out of balance by %', bad.fund_id, bad.sequence, bad.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    ELSIF bad.lines IS DISTINCT FROM bad.line_count OR bad.last_no <> bad.lines THEN
        RAISE EXCEPTION 'entry %/% is sealed: it has exactly % lines', bad.fund_id, bad.sequence, bad.line_count
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_sealed';
    ELSIF bad.first_on <> bad.effective_on OR bad.last_on <> bad.effective_on THEN
        RAISE EXCEPTION 'entry %/% and its lines differ in date', bad.fund_id, bad.sequence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'line_dated_as_its_entry';
    END IF;
    RAISE EXCEPTION 'entry %/% crosses books without a resolved transfer', bad.fund_id, bad.sequence
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_keeps_its_book';
END $$;

CREATE TRIGGER line_guard AFTER INSERT ON custody_line REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_line_guard();

-- No entry without lines, out of sequence, into a closed period, by nobody, or reversing a reversal.
CREATE FUNCTION custody_entry_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT e.fund_id, e.sequence INTO bad FROM fresh e
     WHERE NOT EXISTS (SELECT FROM custody_line l
                        WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence AND l.line_no = 1) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %/% has no lines', bad.fund_id, bad.sequence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    END IF;
    SELECT g.fund_id, g.first_sequence, h.closed_through INTO bad
      FROM (SELECT fund_id, min(sequence) AS first_sequence, max(sequence) AS last_sequence, count(*) AS entries,
                   min(effective_on) AS first_on FROM fresh GROUP BY fund_id) g
      JOIN custody_ledger_head h ON h.fund_id = g.fund_id
     WHERE g.last_sequence - g.first_sequence + 1 <> g.entries
        OR (g.first_sequence > 1 AND NOT EXISTS (SELECT FROM custody_entry p
             WHERE p.fund_id = g.fund_id AND p.sequence = g.first_sequence - 1))
        OR g.first_on <= h.closed_through LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'fund %: entries leave a gap before % or fall into the closed period through %',
            bad.fund_id, bad.first_sequence, bad.closed_through
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_follows_in_an_open_period';
    END IF;
    SELECT a.actor_id INTO bad FROM (SELECT DISTINCT actor_id FROM fresh) a
     WHERE NOT EXISTS (SELECT FROM custody_operator o WHERE o.id = a.actor_id) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'operator % does not exist', bad.actor_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_has_an_actor';
    END IF;
    SELECT e.fund_id, e.sequence INTO bad
      FROM fresh e JOIN custody_entry o ON o.fund_id = e.fund_id AND o.sequence = e.reverses
     WHERE e.reverses IS NOT NULL AND (o.reverses IS NOT NULL OR e.effective_on < o.effective_on OR e.line_count <> o.line_count
        OR EXISTS (SELECT FROM custody_line x JOIN custody_line y
                       ON y.fund_id = x.fund_id AND y.sequence = o.sequence AND y.line_no = x.line_no
                    WHERE x.fund_id = e.fund_id AND x.sequence = e.sequence
                      AND (y.account_id <> x.account_id OR y.amount <> -x.amount)))
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %/% is no exact, later reversal of an original', bad.fund_id, bad.sequence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_reverses_an_original';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entry_guard AFTER INSERT ON custody_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_entry_guard();

-- Append-only, for every role that PostgreSQL lets a trigger bind.
CREATE FUNCTION custody_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: its rows are append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['custody_entry', 'custody_line', 'custody_hold', 'custody_hold_outcome',
                                'custody_anchor', 'custody_period_close', 'custody_account', 'custody_account_kind']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['custody_balance', 'custody_ledger_head'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
