-- The ledger: tables, guards, and the only functions that may write them.
--
-- Lines are signed (debit +, credit −), in yuan with two decimals. An entry belongs to one fund, carries
-- the fund's next gapless sequence and a SHA-256 chain: sha256(previous chain || content), content being (v1)
--   v1|fund|sequence|days since 2000-01-01|microseconds since 1970 UTC|actor|reversed sequence or -|line count|
--   account:amount, for each line in order|  then template, key, memo, source, each as byte length:text
-- so numbers cannot contain a separator and free text is counted: no two contents encode alike.
-- The application's role may read the tables and call the functions; it may not write the tables.
-- Frozen: changes come as a new numbered file.

CREATE TABLE custody_account_kind (
    code    text PRIMARY KEY CHECK (code ~ '^[a-z_]+$'),
    section text NOT NULL CHECK (section IN ('funds', 'corpus', 'income', 'spending', 'pending', 'accrual')),
    -- 1: debit balance, never below what is held; -1: credit balance, never overdrawn; 0: either way.
    guard   smallint NOT NULL CHECK (guard IN (-1, 0, 1))
);

INSERT INTO custody_account_kind (code, section, guard) VALUES
    ('cash', 'funds', 1), ('placement', 'funds', 1), ('in_transit', 'funds', 1),
    ('corpus', 'corpus', 0), ('book_transfer', 'corpus', 0),
    ('property_fee', 'income', 0), ('parking', 'income', 0), ('advertising', 'income', 0),
    ('grant', 'income', 0), ('interest', 'income', 0), ('placement_income', 'income', 0),
    ('budget_spending', 'spending', 0), ('channel_fee', 'spending', 0), ('bank_charge', 'spending', 0),
    ('suspense', 'pending', -1), ('unexplained', 'pending', 1),
    ('trustee_fee', 'accrual', 0), ('trustee_fee_payable', 'accrual', -1),
    ('custody_fee', 'accrual', 0), ('custody_fee_payable', 'accrual', -1),
    ('performance_fee', 'accrual', 0), ('performance_withheld', 'accrual', -1),
    ('performance_payable', 'accrual', -1);

-- One row a fund: where its sequence and chain stand, and up to which day its periods are closed.
CREATE TABLE custody_ledger_head (
    fund_id        bigint PRIMARY KEY REFERENCES custody_fund (id),
    sequence       bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    chain          bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(chain) = 32),
    closed_through date CHECK (closed_through < DATE '2200-01-01')
) WITH (fillfactor = 50);

CREATE TABLE custody_account (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    book    text NOT NULL CHECK (book IN ('operating', 'maintenance')),
    kind    text NOT NULL REFERENCES custody_account_kind (code),
    code    text NOT NULL DEFAULT '' CHECK (octet_length(code) <= 40),
    UNIQUE (fund_id, id),
    UNIQUE (fund_id, book, kind, code)
);

-- available = posted − held. The check is the law "never short", held at write time under the row's lock.
CREATE TABLE custody_balance (
    account_id bigint PRIMARY KEY,
    fund_id    bigint NOT NULL,
    guard      smallint NOT NULL,
    posted     numeric(18, 2) NOT NULL DEFAULT 0,
    held       numeric(18, 2) NOT NULL DEFAULT 0 CHECK (held >= 0),
    CONSTRAINT balance_is_a_number CHECK (posted <> 'NaN' AND held <> 'NaN'),
    CONSTRAINT balance_of_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id),
    CONSTRAINT balance_never_short CHECK (guard = 0 OR guard * posted - held >= 0)
) WITH (fillfactor = 50);

CREATE TABLE custody_entry (
    fund_id      bigint NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 0),
    template     text NOT NULL CHECK (octet_length(template) BETWEEN 1 AND 40),
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor_id     bigint NOT NULL,
    key          text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 200),
    memo         text NOT NULL CHECK (octet_length(memo) <= 1000),
    source       text NOT NULL CHECK (octet_length(source) <= 100),
    reverses     bigint,
    line_count   smallint NOT NULL CONSTRAINT entry_has_two_lines CHECK (line_count >= 2),
    hash_version smallint NOT NULL DEFAULT 1,
    chain        bytea NOT NULL CHECK (octet_length(chain) = 32),
    CONSTRAINT entry_dated_within_reason CHECK (
        effective_on >= DATE '2000-01-01' AND effective_on < DATE '2200-01-01'
        AND recorded_at >= TIMESTAMPTZ '2000-01-01Z' AND recorded_at < TIMESTAMPTZ '2200-01-01Z'),
    PRIMARY KEY (fund_id, sequence),
    CONSTRAINT entry_key_once UNIQUE (fund_id, key),
    CONSTRAINT entry_reverses_its_fund FOREIGN KEY (fund_id, reverses) REFERENCES custody_entry (fund_id, sequence)
);
CREATE UNIQUE INDEX entry_reversed_once ON custody_entry (fund_id, reverses) WHERE reverses IS NOT NULL;

CREATE TABLE custody_line (
    fund_id      bigint NOT NULL,
    sequence     bigint NOT NULL,
    line_no      smallint NOT NULL CHECK (line_no > 0),
    account_id   bigint NOT NULL,
    effective_on date NOT NULL,
    amount       numeric(18, 2) NOT NULL CONSTRAINT line_amount_not_zero CHECK (amount <> 0 AND amount <> 'NaN'),
    PRIMARY KEY (fund_id, sequence, line_no),
    CONSTRAINT line_of_its_entry FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence),
    CONSTRAINT line_of_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id)
);
CREATE INDEX line_history ON custody_line (account_id, effective_on, sequence) INCLUDE (amount);

CREATE TABLE custody_hold (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id    bigint NOT NULL,
    account_id bigint NOT NULL,
    amount     numeric(18, 2) NOT NULL CONSTRAINT hold_amount_positive CHECK (amount > 0 AND amount <> 'NaN'),
    key        text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 200),
    reason     text NOT NULL CHECK (octet_length(reason) <= 300),
    actor_id   bigint NOT NULL CONSTRAINT hold_has_an_actor REFERENCES custody_operator (id),
    placed_at  timestamptz NOT NULL CHECK (isfinite(placed_at)),
    UNIQUE (fund_id, key),
    UNIQUE (fund_id, id),
    CONSTRAINT hold_on_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id)
);

-- A hold ends once: settled by an entry, or released without one.
CREATE TABLE custody_hold_outcome (
    hold_id  bigint CONSTRAINT hold_ends_once PRIMARY KEY,
    fund_id  bigint NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('settled', 'released')),
    sequence bigint,
    actor_id bigint NOT NULL CONSTRAINT ending_has_an_actor REFERENCES custody_operator (id),
    ended_at timestamptz NOT NULL CHECK (isfinite(ended_at)),
    CONSTRAINT outcome_of_its_funds_hold FOREIGN KEY (fund_id, hold_id) REFERENCES custody_hold (fund_id, id),
    CONSTRAINT outcome_entry_of_its_fund FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence),
    CONSTRAINT settled_by_an_entry CHECK ((outcome = 'settled') = (sequence IS NOT NULL))
);

-- Chain heads that left the house (printed on statements): removing the tail of a journal shows against them.
CREATE TABLE custody_anchor (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id     bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    sequence    bigint NOT NULL,
    chain       bytea NOT NULL,
    purpose     text NOT NULL CHECK (octet_length(purpose) <= 200),
    anchored_at timestamptz NOT NULL CHECK (isfinite(anchored_at))
);

CREATE TABLE custody_period_close (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id        bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    closed_through date NOT NULL CHECK (isfinite(closed_through)),
    actor_id       bigint NOT NULL CONSTRAINT closing_has_an_actor REFERENCES custody_operator (id),
    closed_at      timestamptz NOT NULL CHECK (isfinite(closed_at))
);

-- ---------------------------------------------------------------------------------------------- guards

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

-- ------------------------------------------------------------------------------------------- functions

CREATE FUNCTION ledger_open_fund(p_fund bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO custody_ledger_head (fund_id) VALUES (p_fund) ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION ledger_open_account(p_fund bigint, p_book text, p_kind text, p_code text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM custody_account
     WHERE fund_id = p_fund AND book = p_book AND kind = p_kind AND code = p_code;
    IF FOUND THEN
        RETURN v_id;
    END IF;
    PERFORM FROM custody_ledger_head WHERE fund_id = p_fund FOR NO KEY UPDATE;
    SELECT id INTO v_id FROM custody_account
     WHERE fund_id = p_fund AND book = p_book AND kind = p_kind AND code = p_code;
    IF FOUND THEN
        RETURN v_id;
    END IF;
    INSERT INTO custody_account (fund_id, book, kind, code) VALUES (p_fund, p_book, p_kind, p_code)
        RETURNING id INTO v_id;
    INSERT INTO custody_balance (account_id, fund_id, guard)
        SELECT v_id, p_fund, k.guard FROM custody_account_kind k WHERE k.code = p_kind;
    RETURN v_id;
END $$;

-- Posts entries of one fund: singly or a thousand at once, this is the path. ``p_count`` says how many of the
-- lines, in order, belong to each entry. Answers, for each entry in order, its sequence. If any key was used
-- before, nothing is posted and those keys are answered as replayed, so the caller can compare contents.
-- The planner settings keep every look-up on its index, whatever the statistics were when plans were made.
CREATE FUNCTION ledger_post(
    p_fund bigint, p_actor bigint, p_at timestamptz,
    p_key text[], p_template text[], p_on date[], p_memo text[], p_source text[], p_reverses bigint[],
    p_hold bigint[], p_count smallint[], l_account bigint[], l_amount numeric[]
) RETURNS TABLE (ord int, sequence bigint, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    v_base    bigint;
    v_chain   bytea;
    v_closed  date;
    v_prefix  text := 'v1|' || p_fund || '|';
    v_person  text := '|' || (extract(epoch FROM p_at) * 1000000)::bigint || '|' || p_actor || '|';
    v_size    int := cardinality(p_key);
    v_chains  bytea[];
    v_entry   int[];
    v_no      smallint[];
    v_lines   text;
    v_at      int := 0;
    v_moved   int;
BEGIN
    SELECT h.sequence, h.chain, h.closed_through INTO v_base, v_chain, v_closed
      FROM custody_ledger_head h WHERE h.fund_id = p_fund FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % has no ledger', p_fund USING ERRCODE = 'LG404';
    ELSIF EXISTS (SELECT FROM unnest(ARRAY[array_dims(p_key), array_dims(p_template), array_dims(p_on),
                                           array_dims(p_memo), array_dims(p_source), array_dims(p_reverses),
                                           array_dims(p_count), coalesce(array_dims(p_hold), array_dims(p_key))])
                         AS dims WHERE dims IS DISTINCT FROM '[1:' || v_size || ']') THEN
        RAISE EXCEPTION 'the arrays of a posting differ in length or do not begin at 1' USING ERRCODE = 'LG002';
    END IF;

    RETURN QUERY
        SELECT array_position(p_key, e.key), e.sequence, true FROM custody_entry e
         WHERE e.fund_id = p_fund AND e.key = ANY (p_key);
    IF FOUND THEN
        RETURN;
    END IF;

    FOR i IN 1 .. v_size LOOP
        IF p_on[i] <= v_closed THEN
            RAISE EXCEPTION 'fund %: % lies in the period closed through %', p_fund, p_on[i], v_closed
                USING ERRCODE = 'LG001';
        END IF;
        v_lines := '';
        FOR j IN 1 .. p_count[i] LOOP
            v_at := v_at + 1;
            v_entry[v_at] := i;
            v_no[v_at] := j;
            v_lines := v_lines || l_account[v_at] || ':' || l_amount[v_at]::numeric(18, 2) || ',';
        END LOOP;
        v_chain := sha256(v_chain || convert_to(
            v_prefix || (v_base + i) || '|' || (p_on[i] - DATE '2000-01-01') || v_person
            || coalesce(p_reverses[i]::text, '-') || '|' || p_count[i] || '|' || v_lines || '|'
            || octet_length(p_template[i]) || ':' || p_template[i] || octet_length(p_key[i]) || ':' || p_key[i] || octet_length(p_memo[i]) || ':' || p_memo[i]
            || octet_length(p_source[i]) || ':' || p_source[i], 'UTF8'));
        v_chains[i] := v_chain;
    END LOOP;
    IF EXISTS (SELECT FROM unnest(l_amount) AS a WHERE scale(a) > 2) THEN
        RAISE EXCEPTION 'an amount has more than two decimals' USING ERRCODE = 'LG002';
    ELSIF array_dims(l_account) IS DISTINCT FROM '[1:' || v_at || ']'
          OR array_dims(l_amount) IS DISTINCT FROM '[1:' || v_at || ']' THEN
        RAISE EXCEPTION 'lines and their counts do not agree'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    END IF;

    WITH entries AS (
        INSERT INTO custody_entry (fund_id, sequence, template, effective_on, recorded_at, actor_id, key, memo,
                                   source, reverses, line_count, chain)
        SELECT p_fund, v_base + e.ord, e.template, e.effective_on, p_at, p_actor, e.key, e.memo, e.source,
               e.reverses, e.line_count, e.chain
          FROM unnest(p_key, p_template, p_on, p_memo, p_source, p_reverses, p_count, v_chains) WITH ORDINALITY
               AS e (key, template, effective_on, memo, source, reverses, line_count, chain, ord)
    ), lines AS (
        INSERT INTO custody_line (fund_id, sequence, line_no, account_id, effective_on, amount)
        SELECT p_fund, v_base + l.entry, l.no, l.account, p_on[l.entry], l.amount
          FROM unnest(v_entry, v_no, l_account, l_amount) AS l (entry, no, account, amount)
    ), movement AS (
        SELECT l.account, sum(l.amount) AS amount FROM unnest(l_account, l_amount) AS l (account, amount)
         GROUP BY l.account
    ), moved AS (
        UPDATE custody_balance b
           SET posted = b.posted + m.amount,
               held = b.held - CASE WHEN p_hold IS NULL THEN 0 ELSE coalesce(
                   (SELECT sum(h.amount) FROM custody_hold h
                     WHERE h.id = ANY (p_hold) AND h.fund_id = p_fund AND h.account_id = b.account_id), 0) END
          FROM movement m
         WHERE b.account_id = m.account AND b.fund_id = p_fund
        RETURNING b.account_id
    )
    SELECT (SELECT count(*) FROM movement) - (SELECT count(*) FROM moved) INTO v_moved;
    IF v_moved <> 0 THEN
        RAISE EXCEPTION 'an account does not belong to fund %', p_fund
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_of_its_fund';
    END IF;

    IF p_hold IS NOT NULL THEN
        INSERT INTO custody_hold_outcome (hold_id, fund_id, outcome, sequence, actor_id, ended_at)
        SELECT h.hold, p_fund, 'settled', v_base + h.ord, p_actor, p_at
          FROM unnest(p_hold) WITH ORDINALITY AS h (hold, ord) WHERE h.hold IS NOT NULL;
        PERFORM FROM unnest(p_hold) WITH ORDINALITY AS s (hold, ord)
          JOIN custody_hold h ON h.id = s.hold
         WHERE h.fund_id <> p_fund OR NOT EXISTS (
               SELECT FROM unnest(v_entry, l_account, l_amount) AS l (entry, account, amount)
                WHERE l.entry = s.ord AND l.account = h.account_id AND l.amount = -h.amount);
        IF FOUND THEN
            RAISE EXCEPTION 'a hold is settled by exactly its amount on its account'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_settled_in_full';
        END IF;
    END IF;

    UPDATE custody_ledger_head SET sequence = v_base + v_size, chain = v_chain WHERE fund_id = p_fund;
    RETURN QUERY SELECT i, v_base + i, false FROM generate_series(1, v_size) AS i;
END $$;

CREATE FUNCTION ledger_hold(p_fund bigint, p_account bigint, p_amount numeric, p_key text, p_reason text,
                            p_actor bigint, p_at timestamptz)
RETURNS TABLE (hold_id bigint, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_id bigint;
    v_same boolean;
BEGIN
    PERFORM FROM custody_ledger_head WHERE fund_id = p_fund FOR NO KEY UPDATE;
    SELECT h.id, h.account_id = p_account AND h.amount = p_amount AND h.reason = p_reason INTO v_id, v_same
      FROM custody_hold h WHERE h.fund_id = p_fund AND h.key = p_key;
    IF FOUND THEN
        IF NOT v_same THEN
            RAISE EXCEPTION 'key % was used for another hold', p_key USING ERRCODE = 'LG409';
        END IF;
        RETURN QUERY SELECT v_id, true;
        RETURN;
    END IF;
    IF scale(p_amount) > 2 THEN
        RAISE EXCEPTION 'an amount has more than two decimals' USING ERRCODE = 'LG002';
    END IF;
    UPDATE custody_balance SET held = held + p_amount
     WHERE account_id = p_account AND fund_id = p_fund AND guard = 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'account % of fund % cannot hold money', p_account, p_fund USING ERRCODE = 'LG404';
    END IF;
    INSERT INTO custody_hold (fund_id, account_id, amount, key, reason, actor_id, placed_at)
        VALUES (p_fund, p_account, p_amount, p_key, p_reason, p_actor, p_at) RETURNING id INTO v_id;
    RETURN QUERY SELECT v_id, false;
END $$;

-- Gives a hold back without an entry. Answers false if it was already released; a settled hold refuses.
CREATE FUNCTION ledger_release_hold(p_fund bigint, p_hold bigint, p_actor bigint, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold custody_hold;
    v_outcome text;
BEGIN
    PERFORM FROM custody_ledger_head WHERE fund_id = p_fund FOR NO KEY UPDATE;
    SELECT * INTO v_hold FROM custody_hold WHERE id = p_hold AND fund_id = p_fund;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % has no hold %', p_fund, p_hold USING ERRCODE = 'LG404';
    END IF;
    SELECT outcome INTO v_outcome FROM custody_hold_outcome WHERE hold_id = p_hold;
    IF v_outcome = 'released' THEN
        RETURN false;
    ELSIF v_outcome = 'settled' THEN
        RAISE EXCEPTION 'hold % is settled and cannot be released', p_hold USING ERRCODE = 'LG410';
    END IF;
    UPDATE custody_balance SET held = held - v_hold.amount WHERE account_id = v_hold.account_id;
    INSERT INTO custody_hold_outcome (hold_id, fund_id, outcome, actor_id, ended_at)
        VALUES (p_hold, p_fund, 'released', p_actor, p_at);
    RETURN true;
END $$;

CREATE FUNCTION ledger_anchor(p_fund bigint, p_purpose text, p_at timestamptz)
RETURNS TABLE (sequence bigint, chain bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO custody_anchor (fund_id, sequence, chain, purpose, anchored_at)
        SELECT fund_id, sequence, chain, p_purpose, p_at FROM custody_ledger_head WHERE fund_id = p_fund
    RETURNING sequence, chain
$$;

-- Closes every day through p_through; a period once closed stays closed.
CREATE FUNCTION ledger_close_period(p_fund bigint, p_through date, p_actor bigint, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_ledger_head WHERE fund_id = p_fund FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % has no ledger', p_fund USING ERRCODE = 'LG404';
    END IF;
    UPDATE custody_ledger_head SET closed_through = p_through
     WHERE fund_id = p_fund AND (closed_through IS NULL OR closed_through < p_through);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % is already closed through % or later', p_fund, p_through USING ERRCODE = 'LG411';
    END IF;
    INSERT INTO custody_period_close (fund_id, closed_through, actor_id, closed_at)
        VALUES (p_fund, p_through, p_actor, p_at);
END $$;
