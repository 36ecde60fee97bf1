-- The only functions that write entries: accounts opened on first use, entries posted one or a thousand at once.

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
