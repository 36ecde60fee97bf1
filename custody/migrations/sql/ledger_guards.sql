-- What the journal's tables refuse, whoever writes: judged on all rows of one statement.
--
-- Each guard asks one question, "is all well?", that may only err towards doubt. In doubt the exact question of the
-- same guard is asked, and names what is wrong. Neither needs an index of its own nor looks a row up by itself.

-- A day and an instant that every calendar here can read.
CREATE FUNCTION custody_within_reason(p_on date, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT p_on >= DATE '2000-01-01' AND p_on < DATE '2200-01-01'
       AND p_at >= TIMESTAMPTZ '2000-01-01Z' AND p_at < TIMESTAMPTZ '2200-01-01Z'
$$;

-- The first thing wrong with lines of these entries of a fund, if any: raised by its name.
CREATE FUNCTION custody_judge_lines(p_fund integer, p_first integer, p_last integer) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT * INTO bad
      FROM (SELECT g.*, CASE
                WHEN g.nought THEN 'line_amount_not_zero'
                WHEN g.owned <> g.lines THEN 'line_of_its_fund'
                WHEN e.sequence IS NULL THEN 'line_of_its_entry'
                WHEN e.line_count < 2 THEN 'entry_has_two_lines'
                WHEN g.total <> 0 THEN 'entry_balances'
                WHEN g.lines <> e.line_count OR g.last_no <> g.lines OR g.first_no <> 1 THEN 'entry_is_sealed'
                WHEN g.first_on <> e.effective_on OR g.last_on <> e.effective_on THEN 'line_dated_as_its_entry'
                WHEN g.books > 1 AND NOT (e.template = 'book_transfer' AND EXISTS (
                    SELECT FROM custody_resolution r
                     WHERE r.fund_id = e.fund_id AND 'resolution:' || r.reference = e.source))
                    THEN 'entry_keeps_its_book'
            END AS name
              FROM (SELECT l.sequence, sum(l.amount) AS total, count(*) AS lines, count(a.id) AS owned,
                           bool_or(l.amount = 0 OR l.amount = 'NaN') AS nought,
                           min(l.line_no) AS first_no, max(l.line_no) AS last_no,
                           min(l.effective_on) AS first_on, max(l.effective_on) AS last_on,
                           count(DISTINCT a.book) AS books
                      FROM custody_line l
                      LEFT JOIN custody_account a ON a.fund_id = l.fund_id AND a.id = l.account_id
                     WHERE l.fund_id = p_fund AND l.sequence BETWEEN p_first AND p_last
                     GROUP BY l.sequence) g
              LEFT JOIN custody_entry e ON e.fund_id = p_fund AND e.sequence = g.sequence) AS judged
     WHERE name IS NOT NULL ORDER BY sequence LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines of entry %/% are refused by %: they sum to %', p_fund, bad.sequence, bad.name, bad.total
            USING CONSTRAINT = bad.name, ERRCODE = CASE WHEN bad.name IN ('line_of_its_fund', 'line_of_its_entry')
                THEN 'foreign_key_violation' ELSE 'check_violation' END;
    END IF;
END $$;

-- Everything lines must be. First the question of a single posting, the lines of one entry and no more: as many as it
-- announces, each as it must be beside it, all of one book. If that is not the case, the question of many: entries and
-- lines meet by grouping, not by joining: an entry's own row stands once beside its lines, counted −n, so n lines make
-- n + 1 rows of one date, from −n up to n. (The primary key keeps line numbers distinct: as many as the greatest, none
-- below one, are all of them.) A plan is read anew for each posting, so the fewer sums a question asks the better.
-- An entry is asked for as the first from its number on, an account by its id alone: while each fund has one entry the
-- planner counts every index that begins with the fund alike, and would walk the fund's history by its keys for good.
CREATE FUNCTION custody_line_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_one    record;
    v_citing integer[];
BEGIN
    SELECT e.fund_id, e.sequence, g.cites AND NOT starts_with(e.key, 'bank:') AS cites INTO v_one
      FROM (SELECT f.fund_id, f.sequence FROM fresh f LIMIT 1) one
     CROSS JOIN LATERAL (SELECT n.fund_id, n.sequence, n.effective_on, n.line_count, n.key FROM custody_entry n
             WHERE n.fund_id = one.fund_id AND n.sequence >= one.sequence ORDER BY n.sequence LIMIT 1) e
     CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum(l.amount) AS total, count(nullif(a.book, 'operating')) AS other,
               bool_or(a.kind IN ('cash', 'in_transit', 'placement')) AS cites,
               bool_and(l.fund_id = e.fund_id AND l.sequence = e.sequence AND l.effective_on = e.effective_on
                        AND l.line_no BETWEEN 1 AND e.line_count AND l.amount <> 0
                        AND a.fund_id IS NOT DISTINCT FROM l.fund_id) AS good
          FROM (SELECT * FROM fresh LIMIT 33) l
          LEFT JOIN custody_account a ON a.id = l.account_id) g
     WHERE g.lines = e.line_count AND g.lines BETWEEN 2 AND 32 AND g.total = 0 AND g.good AND g.other IN (0, g.lines);
    IF FOUND THEN
        IF v_one.cites THEN PERFORM custody_judge_citations(v_one.fund_id, v_one.sequence, v_one.sequence); END IF;
        RETURN NULL;
    END IF;
    PERFORM FROM (
        SELECT FROM (
            SELECT l.fund_id, l.sequence, l.effective_on, l.amount, l.line_no, l.amount = 0 OR l.line_no < 1 AS odd
              FROM fresh l
            UNION ALL
            SELECT e.fund_id, e.sequence, e.effective_on, 0, -e.line_count, e.line_count < 2
              FROM (SELECT fund_id, min(sequence) AS lo, max(sequence) AS hi FROM fresh GROUP BY fund_id) r
             CROSS JOIN LATERAL (SELECT n.fund_id, n.sequence, n.effective_on, n.line_count FROM custody_entry n
                     WHERE n.fund_id = r.fund_id AND n.sequence BETWEEN r.lo AND r.hi ORDER BY n.sequence) e) u
         GROUP BY u.fund_id, u.sequence, u.effective_on
        HAVING sum(u.amount) <> 0 OR bool_or(u.odd)
            OR count(*) - 1 <> max(u.line_no) OR max(u.line_no) <> -min(u.line_no)
        UNION ALL
        SELECT FROM (SELECT DISTINCT fund_id, account_id FROM fresh) d
         WHERE (SELECT a.fund_id = d.fund_id AND a.book = (
                           SELECT b.book FROM fresh f JOIN custody_account b ON b.id = f.account_id LIMIT 1)
                  FROM custody_account a WHERE a.id = d.account_id) IS NOT TRUE) AS doubt;
    IF FOUND THEN
        PERFORM custody_judge_lines(f.fund_id, f.lo, f.hi), custody_judge_entries(f.fund_id, f.lo, f.hi)
           FROM (SELECT fund_id, min(sequence) AS lo, max(sequence) AS hi FROM fresh GROUP BY fund_id) f;
    END IF;
    v_citing := ARRAY(SELECT a.id FROM custody_account a WHERE a.kind IN ('cash', 'in_transit', 'placement')
        AND a.fund_id IN (SELECT k.fund_id FROM custody_bankaccount k WHERE k.fund_id IN (SELECT fund_id FROM fresh)));
    PERFORM custody_judge_citations(f.fund_id, min(f.sequence), max(f.sequence))
       FROM fresh f JOIN custody_entry e ON e.fund_id = f.fund_id AND e.sequence = f.sequence AND NOT starts_with(e.key, 'bank:')
      WHERE f.account_id = ANY (v_citing) GROUP BY f.fund_id;
    RETURN NULL;
END $$;

CREATE TRIGGER line_guard AFTER INSERT ON custody_line REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_line_guard();
ALTER TABLE custody_line ENABLE ALWAYS TRIGGER line_guard;

-- The first thing wrong with these entries of a fund by themselves, if any: raised by its name.
CREATE FUNCTION custody_judge_entries(p_fund integer, p_first integer, p_last integer) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    bad record;
BEGIN
    SELECT e.sequence, j.name INTO bad FROM custody_entry e
      LEFT JOIN custody_ledger_head h ON h.fund_id = e.fund_id
     CROSS JOIN LATERAL (SELECT CASE
        WHEN octet_length(e.template) NOT BETWEEN 1 AND 40 THEN 'custody_entry_template_check'
        WHEN octet_length(e.key) NOT BETWEEN 1 AND 700 THEN 'custody_entry_key_check'
        WHEN octet_length(e.memo) > 1000 THEN 'custody_entry_memo_check'
        WHEN octet_length(e.source) > 700 THEN 'custody_entry_source_check'
        WHEN octet_length(e.chain) <> 32 THEN 'custody_entry_chain_check'
        WHEN NOT custody_within_reason(e.effective_on, e.recorded_at) THEN 'entry_dated_within_reason'
        WHEN e.line_count < 2 THEN 'entry_has_two_lines'
        WHEN NOT EXISTS (SELECT FROM custody_line l
                          WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence AND l.line_no = 1) THEN 'entry_has_lines'
        WHEN e.sequence < 1 OR h.fund_id IS NULL OR e.effective_on <= h.closed_through
             OR (e.sequence > 1 AND NOT EXISTS (SELECT FROM custody_entry p
                  WHERE p.fund_id = e.fund_id AND p.sequence = e.sequence - 1)) THEN 'entry_follows_in_an_open_period'
        WHEN NOT EXISTS (SELECT FROM custody_operator o WHERE o.id = e.actor_id) THEN 'entry_has_an_actor'
        WHEN e.reverses IS NOT NULL THEN custody_judge_reversal(e.fund_id, e.sequence, e.reverses)
        END AS name) j
     WHERE e.fund_id = p_fund AND e.sequence BETWEEN p_first AND p_last AND j.name IS NOT NULL
     ORDER BY e.sequence LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry %/% is refused by %', p_fund, bad.sequence, bad.name
            USING CONSTRAINT = bad.name, ERRCODE = CASE WHEN bad.name IN ('entry_has_an_actor', 'entry_reverses_its_fund')
                THEN 'foreign_key_violation' ELSE 'check_violation' END;
    END IF;
END $$;

-- What is wrong with a reversal: no entry of its fund, or no exact, later mirror of an original. NULL when nothing is.
CREATE FUNCTION custody_judge_reversal(p_fund integer, p_sequence integer, p_original integer) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN o.sequence IS NULL THEN 'entry_reverses_its_fund'
        WHEN o.reverses IS NOT NULL OR e.effective_on < o.effective_on OR e.line_count <> o.line_count
             OR EXISTS (SELECT FROM custody_line x JOIN custody_line y
                            ON y.fund_id = x.fund_id AND y.sequence = o.sequence AND y.line_no = x.line_no
                         WHERE x.fund_id = e.fund_id AND x.sequence = e.sequence
                           AND (y.account_id <> x.account_id OR y.amount <> -x.amount)) THEN 'entry_reverses_an_original'
        END
      FROM custody_entry e LEFT JOIN custody_entry o ON o.fund_id = e.fund_id AND o.sequence = p_original
     WHERE e.fund_id = p_fund AND e.sequence = p_sequence
$$;

-- Everything entries must be by themselves, and that each brought its lines. First the question of a single posting: one
-- entry beside its head, its person, the entry before and its first line. Else one row of sums over entries of one fund
-- and one person, without gap, beside the same and as many first lines.
CREATE FUNCTION custody_entry_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_one record;
BEGIN
    SELECT e.fund_id, e.sequence, starts_with(e.key, 'bank:') AS cites INTO v_one FROM fresh e
      JOIN custody_ledger_head h ON h.fund_id = e.fund_id
      JOIN custody_operator o ON o.id = e.actor_id
     WHERE NOT EXISTS (SELECT FROM fresh OFFSET 1)
       AND e.line_count >= 2 AND e.reverses IS NULL AND octet_length(e.chain) = 32
       AND octet_length(e.template) BETWEEN 1 AND 40 AND octet_length(e.key) BETWEEN 1 AND 700
       AND octet_length(e.memo) <= 1000 AND octet_length(e.source) <= 700
       AND custody_within_reason(e.effective_on, e.recorded_at)
       AND (h.closed_through IS NULL OR e.effective_on > h.closed_through)
       AND e.sequence = 1 + coalesce((SELECT p.sequence FROM custody_entry p WHERE p.fund_id = e.fund_id
                                         AND p.sequence < e.sequence ORDER BY p.sequence DESC LIMIT 1), 0)
       AND (SELECT l.line_no FROM custody_line l
             WHERE l.fund_id = e.fund_id AND l.sequence = e.sequence AND l.line_no = 1) = 1;
    IF FOUND THEN
        IF v_one.cites THEN PERFORM custody_judge_citations(v_one.fund_id, v_one.sequence, v_one.sequence); END IF;
        RETURN NULL;
    END IF;
    PERFORM FROM (SELECT min(fund_id) AS fund, max(fund_id) AS last_fund, min(sequence) AS lo, max(sequence) AS hi,
                         count(*) AS entries, min(actor_id) AS actor, max(actor_id) AS last_actor,
                         min(effective_on) AS first_on, bool_or(line_count < 2 OR reverses IS NOT NULL
                             OR octet_length(chain) <> 32 OR octet_length(template) NOT BETWEEN 1 AND 40
                             OR octet_length(key) NOT BETWEEN 1 AND 700 OR octet_length(memo) > 1000
                             OR octet_length(source) > 700 OR NOT custody_within_reason(effective_on, recorded_at)) AS odd
                    FROM fresh) g
      JOIN custody_ledger_head h ON h.fund_id = g.fund
      JOIN custody_operator o ON o.id = g.actor
     WHERE g.last_fund = g.fund AND g.last_actor = g.actor AND g.hi - g.lo + 1 = g.entries AND NOT g.odd
       AND (h.closed_through IS NULL OR g.first_on > h.closed_through)
       AND g.lo = 1 + coalesce((SELECT p.sequence FROM custody_entry p WHERE p.fund_id = g.fund
                                   AND p.sequence < g.lo ORDER BY p.sequence DESC LIMIT 1), 0)
       AND g.entries = (SELECT count(*) FROM custody_line l
                         WHERE l.fund_id = g.fund AND l.sequence BETWEEN g.lo AND g.hi AND l.line_no = 1);
    IF NOT FOUND THEN
        PERFORM custody_judge_lines(f.fund_id, f.lo, f.hi), custody_judge_entries(f.fund_id, f.lo, f.hi)
           FROM (SELECT fund_id, min(sequence) AS lo, max(sequence) AS hi FROM fresh GROUP BY fund_id) f;
    END IF;
    PERFORM custody_judge_citations(f.fund_id, min(f.sequence), max(f.sequence))
       FROM fresh f WHERE starts_with(f.key, 'bank:') GROUP BY f.fund_id;
    RETURN NULL;
END $$;

CREATE TRIGGER entry_guard AFTER INSERT ON custody_entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_entry_guard();
ALTER TABLE custody_entry ENABLE ALWAYS TRIGGER entry_guard;

-- Append-only, for every role and every replication mode that PostgreSQL lets a trigger bind.
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
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['custody_balance', 'custody_ledger_head', 'custody_operator', 'custody_fund'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', name);
    END LOOP;
END $$;

-- The chain names a fund by its code and a person by their name, for decades: neither ever changes.
CREATE FUNCTION custody_name_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on %: what the chain names keeps its name', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_ARGV[0];
END $$;
CREATE TRIGGER fund_code_stays BEFORE UPDATE ON custody_fund FOR EACH ROW
    WHEN (NEW.code IS DISTINCT FROM OLD.code OR NEW.id IS DISTINCT FROM OLD.id)
    EXECUTE FUNCTION custody_name_stays('fund_code_stays');
ALTER TABLE custody_fund ENABLE ALWAYS TRIGGER fund_code_stays;
CREATE TRIGGER operator_name_stays BEFORE UPDATE ON custody_operator FOR EACH ROW
    WHEN (NEW.username IS DISTINCT FROM OLD.username OR NEW.id IS DISTINCT FROM OLD.id)
    EXECUTE FUNCTION custody_name_stays('operator_name_stays');
ALTER TABLE custody_operator ENABLE ALWAYS TRIGGER operator_name_stays;
