-- The only functions that write entries: accounts opened on first use, entries posted one or a thousand at once.

CREATE FUNCTION ledger_open_fund(p_fund integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO custody_ledger_head (fund_id, fund_code)
        VALUES (p_fund, coalesce((SELECT f.code FROM custody_fund f WHERE f.id = p_fund), ''))
        ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION ledger_open_account(p_fund integer, p_book text, p_kind text, p_code text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id integer;
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

-- The hashed content (v2) behind fund and sequence: see docs/hash-chain.md. One expression, which the planner puts in
-- the place of the call; so it has no search path of its own, and only functions of pg_catalog and its neighbour here.
CREATE FUNCTION custody_content(p_person text, p_on date, p_reverses integer, p_count integer, p_lines text,
                                p_template text, p_key text, p_memo text, p_source text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '|' || (p_on - DATE '2000-01-01')::text || p_person || coalesce(p_reverses::text, '-') || '|'
        || p_count::text || '|' || p_lines || '|' || octet_length(p_template)::text || ':' || p_template
        || octet_length(p_key)::text || ':' || p_key || octet_length(p_memo)::text || ':' || p_memo
        || octet_length(p_source)::text || ':' || p_source
$$;

-- When and by whom, as the content says it: microseconds since 1970 in UTC, and the person's name.
CREATE FUNCTION custody_signed(p_at timestamptz, p_name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT '|' || ((extract(epoch FROM p_at) * 1000000)::bigint)::text || '|' || octet_length(p_name)::text || ':' || p_name
$$;

-- The chain after one more entry.
CREATE FUNCTION custody_link(p_chain bytea, p_fund_code text, p_sequence integer, p_content text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(p_chain || convert_to('v2|' || octet_length(p_fund_code)::text || ':' || p_fund_code
                                        || p_sequence::text || p_content, 'UTF8'))
$$;

-- What open holds of these set aside on one account.
CREATE FUNCTION custody_held_by(p_hold bigint[], p_fund integer, p_account integer) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(h.amount), 0) FROM custody_hold h
     WHERE h.id = ANY (p_hold) AND h.fund_id = p_fund AND h.account_id = p_account
$$;

-- What a hold set aside is free again, before the entry that ends it takes it.
CREATE FUNCTION custody_free_hold(p_fund integer, p_hold bigint) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE custody_balance b SET held = b.held - h.amount FROM custody_hold h
     WHERE h.id = p_hold AND h.fund_id = p_fund AND b.account_id = h.account_id AND b.fund_id = p_fund;
END $$;

-- The entry that stands under a key already, if there is one; then the head gives back the number it just took for it.
CREATE FUNCTION custody_stepped_back(p_fund integer, p_key text) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_before integer;
BEGIN
    SELECT e.sequence INTO v_before FROM custody_entry e WHERE e.fund_id = p_fund AND e.key = p_key;
    IF FOUND THEN
        UPDATE custody_ledger_head h SET sequence = e.sequence, chain = e.chain, recorded_at = e.recorded_at
          FROM custody_entry e WHERE h.fund_id = p_fund AND e.fund_id = p_fund AND e.sequence = h.sequence - 1;
    END IF;
    RETURN v_before;
END $$;

-- The holds that entries end: each by exactly its amount on its account, and once.
CREATE FUNCTION custody_settle_holds(p_fund integer, p_actor integer, p_at timestamptz, p_base integer, p_hold bigint[])
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO custody_hold_outcome (hold_id, fund_id, outcome, sequence, actor_id, ended_at)
    SELECT h.hold, p_fund, 'settled', p_base + h.ord, p_actor, p_at
      FROM unnest(p_hold) WITH ORDINALITY AS h (hold, ord) WHERE h.hold IS NOT NULL;
    PERFORM FROM unnest(p_hold) WITH ORDINALITY AS s (hold, ord)
      JOIN custody_hold h ON h.id = s.hold
     WHERE h.fund_id <> p_fund OR NOT EXISTS (
           SELECT FROM custody_line l WHERE l.fund_id = p_fund AND l.sequence = p_base + s.ord
              AND l.account_id = h.account_id AND l.amount = -h.amount);
    IF FOUND THEN
        RAISE EXCEPTION 'a hold is settled by exactly its amount on its account'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_settled_in_full';
    END IF;
END $$;

-- Posts one entry and answers its sequence; negative when its key was used before: then nothing is posted, so the caller
-- can compare contents. What is named is read without a lock, and the key once more if the fund moved meanwhile; then
-- one statement moves the head and one writes the rest. The settings keep every look-up on its index and every plan.
CREATE FUNCTION ledger_post(
    p_fund integer, p_actor integer, p_at timestamptz, p_key text, p_template text, p_on date, p_memo text,
    p_source text, p_reverses integer, p_hold bigint, p_account integer[], p_amount numeric[]
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off SET jit = off AS $$
DECLARE
    v_count smallint := cardinality(p_account);
    v_name text; v_owner integer; v_fen numeric(18, 2)[] := p_amount; v_place integer; v_known record; v_head record;
    v_content text := ''; v_account integer[] := '{}'; v_moved numeric[] := '{}';
BEGIN
    IF array_dims(p_account) <> '[1:' || v_count || ']' OR array_dims(p_amount) <> array_dims(p_account) THEN
        RAISE check_violation USING CONSTRAINT = 'entry_has_lines', MESSAGE = 'lines and amounts do not agree';
    ELSIF v_fen <> p_amount THEN
        RAISE SQLSTATE 'LG002' USING MESSAGE = 'an amount has more than two decimals';
    END IF;
    FOR j IN 1 .. v_count LOOP
        SELECT a.name, a.fund_id INTO v_name, v_owner FROM custody_account a WHERE a.id = p_account[j];
        IF v_owner IS DISTINCT FROM p_fund THEN
            RAISE foreign_key_violation USING CONSTRAINT = 'line_of_its_fund', MESSAGE = 'an account of another fund';
        END IF;
        v_content := v_content || v_name || v_fen[j] || ',';
        v_place := coalesce(array_position(v_account, p_account[j]), j);
        v_account[v_place] := p_account[j];
        v_moved[v_place] := coalesce(v_moved[v_place], 0) + v_fen[j];
    END LOOP;
    SELECT (SELECT e.sequence FROM custody_entry e WHERE e.fund_id = p_fund AND e.key = p_key) AS before,
           (SELECT h.sequence FROM custody_ledger_head h WHERE h.fund_id = p_fund) AS head,
           (SELECT o.username FROM custody_operator o WHERE o.id = p_actor) AS person INTO v_known;
    IF v_known.before IS NOT NULL THEN
        RETURN -v_known.before;
    ELSIF v_known.person IS NULL THEN
        RAISE foreign_key_violation USING CONSTRAINT = 'entry_has_an_actor', MESSAGE = 'the person is not known';
    END IF;
    UPDATE custody_ledger_head h
       SET (sequence, recorded_at, chain) = (SELECT h.sequence + 1, n.at, custody_link(h.chain, h.fund_code, h.sequence + 1,
               custody_content(custody_signed(n.at, v_known.person), p_on, p_reverses, v_count, v_content, p_template,
               p_key, p_memo, p_source)) FROM (SELECT greatest(custody_recorded(p_at), h.recorded_at) AS at OFFSET 0) n)
     WHERE h.fund_id = p_fund RETURNING h.sequence, h.chain, h.closed_through, h.recorded_at INTO v_head;
    IF NOT FOUND THEN
        RAISE SQLSTATE 'LG404' USING MESSAGE = 'the fund has no ledger';
    ELSIF v_head.sequence <> v_known.head + 1 AND custody_stepped_back(p_fund, p_key) IS NOT NULL THEN
        RETURN -(SELECT e.sequence FROM custody_entry e WHERE e.fund_id = p_fund AND e.key = p_key);
    ELSIF p_on <= v_head.closed_through THEN
        RAISE SQLSTATE 'LG001' USING MESSAGE = 'the day lies in a closed period';
    END IF;
    IF p_hold IS NOT NULL THEN PERFORM custody_free_hold(p_fund, p_hold); END IF;
    WITH entries AS (
        INSERT INTO custody_entry (fund_id, sequence, effective_on, actor_id, recorded_at, reverses, line_count, chain,
            template, key, memo, source) VALUES (p_fund, v_head.sequence, p_on, p_actor, v_head.recorded_at, p_reverses,
            v_count, v_head.chain, p_template, p_key, p_memo, p_source)
    ), lines AS (
        INSERT INTO custody_line (fund_id, sequence, account_id, effective_on, line_no, amount)
        SELECT p_fund, v_head.sequence, p_account[j], p_on, j, p_amount[j] FROM generate_series(1, v_count) AS j
    )
    UPDATE custody_balance b SET posted = b.posted + v_moved[array_position(v_account, b.account_id)]
     WHERE b.account_id = ANY (v_account) AND b.fund_id = p_fund;
    IF p_hold IS NOT NULL THEN PERFORM custody_settle_holds(p_fund, p_actor, p_at, v_head.sequence - 1, ARRAY[p_hold]); END IF;
    RETURN v_head.sequence;
END $$;

-- Refuses arrays that do not speak of the same entries and lines, and fractions of a fen.
CREATE FUNCTION custody_check_arrays(p_entries text[], p_lines text[], p_count smallint[], p_amount numeric[])
RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_size  integer := cardinality(p_count);
    v_lines integer := 0;
    v_fen   numeric(18, 2)[] := p_amount;
BEGIN
    IF p_entries <> array_fill('[1:' || v_size || ']', ARRAY[8]) IS NOT FALSE THEN
        RAISE EXCEPTION 'the arrays of a posting differ in length or do not begin at 1' USING ERRCODE = 'LG002';
    END IF;
    FOR i IN 1 .. v_size LOOP
        v_lines := v_lines + p_count[i];
    END LOOP;
    IF p_lines <> array_fill('[1:' || v_lines || ']', ARRAY[2]) IS NOT FALSE THEN
        RAISE EXCEPTION 'lines and their counts do not agree'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_lines';
    ELSIF v_fen <> p_amount THEN
        RAISE EXCEPTION 'an amount has more than two decimals' USING ERRCODE = 'LG002';
    END IF;
END $$;

-- Refuses a day that is closed.
CREATE FUNCTION custody_check_open(p_fund integer, p_closed date, p_on date[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_on date;
BEGIN
    SELECT min(day) INTO v_on FROM unnest(p_on) AS day;
    IF v_on <= p_closed THEN
        RAISE EXCEPTION 'fund %: % lies in the period closed through %', p_fund, v_on, p_closed USING ERRCODE = 'LG001';
    END IF;
END $$;

-- Who records, and each line's account and amount, as the content names them. Refuses nobody and foreign accounts.
CREATE FUNCTION custody_named(p_fund integer, p_actor integer, p_at timestamptz, p_account integer[], p_amount numeric[],
                              OUT person text, OUT line text[])
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    SELECT custody_signed(p_at, o.username) INTO person FROM custody_operator o WHERE o.id = p_actor;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % is not known', p_actor
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'entry_has_an_actor';
    END IF;
    SELECT array_agg(a.name || p_amount[j]::numeric(18, 2) || ',' ORDER BY j) INTO line
      FROM generate_series(1, cardinality(p_account)) AS j
     CROSS JOIN LATERAL (SELECT k.name, k.fund_id FROM custody_account k WHERE k.id = p_account[j] OFFSET 0) a
     WHERE a.fund_id = p_fund;
    IF cardinality(line) IS DISTINCT FROM cardinality(p_account) THEN
        RAISE EXCEPTION 'an account does not belong to fund %', p_fund
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'line_of_its_fund';
    END IF;
END $$;

-- The chain through many entries in order, and for each of their lines its entry and its number there.
CREATE FUNCTION custody_chained(
    p_head custody_ledger_head, p_person text, p_key text[], p_template text[], p_on date[], p_memo text[],
    p_source text[], p_reverses integer[], p_count smallint[], p_line text[],
    OUT chains bytea[], OUT entry integer[], OUT number smallint[]
) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_chain bytea := p_head.chain;
    v_code  text := p_head.fund_code;
    v_base  integer := p_head.sequence;
    v_at    integer := 0;
    v_lines text;
BEGIN
    FOR i IN 1 .. cardinality(p_key) LOOP
        v_lines := '';
        FOR j IN 1 .. p_count[i] LOOP
            v_at := v_at + 1;
            entry[v_at] := i;
            number[v_at] := j;
            v_lines := v_lines || p_line[v_at];
        END LOOP;
        v_chain := custody_link(v_chain, v_code, v_base + i, custody_content(
            p_person, p_on[i], p_reverses[i], p_count[i], v_lines, p_template[i], p_key[i], p_memo[i], p_source[i]));
        chains[i] := v_chain;
    END LOOP;
END $$;

-- Posts entries of one fund in order, all or none. ``p_count`` says how many of the lines, in order, belong to each
-- entry. Answers one row: how many, the first's sequence, false; or, if any key was used before, nothing is posted and
-- each such key is answered by its place among the keys and its sequence, so the caller can compare contents.
CREATE FUNCTION ledger_post_many(
    p_fund integer, p_actor integer, p_at timestamptz,
    p_key text[], p_template text[], p_on date[], p_memo text[], p_source text[], p_reverses integer[],
    p_hold bigint[], p_count smallint[], l_account integer[], l_amount numeric[]
) RETURNS TABLE (ord integer, sequence integer, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off SET enable_material = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    v_head  custody_ledger_head;
    v_size  integer := cardinality(p_key);
    v_all   integer := cardinality(l_account);
    v_base  integer; v_at timestamptz;
    v_named record;
    v_way   record;
    v_entry integer[];
    v_no    smallint[];
    v_chain bytea[];
BEGIN
    SELECT * INTO v_head FROM custody_ledger_head h WHERE h.fund_id = p_fund FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % has no ledger', p_fund USING ERRCODE = 'LG404';
    END IF;
    PERFORM custody_check_arrays(ARRAY[array_dims(p_key), array_dims(p_template), array_dims(p_on), array_dims(p_memo),
        array_dims(p_source), array_dims(p_reverses), array_dims(p_count), coalesce(array_dims(p_hold), array_dims(p_key))],
        ARRAY[array_dims(l_account), array_dims(l_amount)], p_count, l_amount);
    RETURN QUERY SELECT i, e.sequence, true FROM generate_series(1, v_size) AS i CROSS JOIN LATERAL (
        SELECT n.sequence FROM custody_entry n WHERE n.fund_id = p_fund AND n.key = p_key[i] OFFSET 0) e;
    IF FOUND THEN
        RETURN;
    END IF;
    PERFORM custody_check_open(p_fund, v_head.closed_through, p_on);
    v_at := greatest(custody_recorded(p_at), v_head.recorded_at);
    v_named := custody_named(p_fund, p_actor, v_at, l_account, l_amount);
    v_way := custody_chained(v_head, v_named.person, p_key, p_template, p_on, p_memo, p_source, p_reverses, p_count,
                             v_named.line);
    v_chain := v_way.chains; v_entry := v_way.entry; v_no := v_way.number; v_base := v_head.sequence;
    WITH entries AS (
        INSERT INTO custody_entry (fund_id, sequence, effective_on, actor_id, recorded_at, reverses, line_count, chain,
                                   template, key, memo, source)
        SELECT p_fund, v_base + i, p_on[i], p_actor, v_at, p_reverses[i], p_count[i], v_chain[i],
               p_template[i], p_key[i], p_memo[i], p_source[i] FROM generate_series(1, v_size) AS i
    ), lines AS (
        INSERT INTO custody_line (fund_id, sequence, account_id, effective_on, line_no, amount)
        SELECT p_fund, v_base + v_entry[j], l_account[j], p_on[v_entry[j]], v_no[j], l_amount[j]
          FROM generate_series(1, v_all) AS j
    ), moved AS (
        UPDATE custody_balance b SET posted = b.posted + m.amount, held = b.held - CASE WHEN p_hold IS NULL THEN 0
                   ELSE custody_held_by(p_hold, p_fund, b.account_id) END
          FROM (SELECT l_account[j] AS account, sum(l_amount[j]) AS amount FROM generate_series(1, v_all) AS j GROUP BY 1) m
         WHERE b.account_id = m.account AND b.fund_id = p_fund
    )
    UPDATE custody_ledger_head SET sequence = v_base + v_size, chain = v_chain[v_size], recorded_at = v_at WHERE fund_id = p_fund;
    IF p_hold IS NOT NULL THEN
        PERFORM custody_settle_holds(p_fund, p_actor, p_at, v_base, p_hold);
    END IF;
    RETURN QUERY SELECT v_size, v_base + 1, false;
END $$;
