-- Money set aside and given back, heads that leave the house, periods closed.

CREATE FUNCTION ledger_hold(p_fund integer, p_account integer, p_amount numeric, p_key text, p_reason text,
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
    IF custody_fund_short(p_fund) THEN
        RAISE EXCEPTION 'a book of fund % is short: nothing is held until it is repaired', p_fund USING ERRCODE = 'LG412';
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
CREATE FUNCTION ledger_release_hold(p_fund integer, p_hold bigint, p_actor bigint, p_at timestamptz) RETURNS boolean
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

CREATE FUNCTION ledger_anchor(p_fund integer, p_purpose text, p_at timestamptz)
RETURNS TABLE (sequence integer, chain bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO custody_anchor (fund_id, sequence, chain, purpose, anchored_at)
        SELECT fund_id, sequence, chain, p_purpose, p_at FROM custody_ledger_head WHERE fund_id = p_fund
    RETURNING sequence, chain
$$;

-- Closes days, or opens them again, as a proposal with both keys says (periods.sql): through yesterday at the latest,
-- and only while the fund stands where it stood when that was proposed.
CREATE FUNCTION ledger_close_period(p_proposal bigint, p_actor bigint, p_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_asked custody_periodproposal;
    v_closed date;
BEGIN
    SELECT * INTO v_asked FROM custody_periodproposal WHERE id = p_proposal;
    SELECT closed_through INTO v_closed FROM custody_ledger_head WHERE fund_id = v_asked.fund_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'proposal % is of no fund with a ledger', p_proposal USING ERRCODE = 'LG404';
    ELSIF v_asked.through >= (custody_now() AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'fund %: % is not over yet', v_asked.fund_id, v_asked.through USING ERRCODE = 'LG413';
    ELSIF v_closed IS DISTINCT FROM v_asked.closed_before
          OR v_asked.last_entry <> custody_last_entry_through(v_asked.fund_id, v_asked.through) THEN
        RAISE EXCEPTION 'fund % has moved on since proposal %', v_asked.fund_id, p_proposal USING ERRCODE = 'LG411';
    END IF;
    INSERT INTO custody_period_close (fund_id, closed_through, proposal_id, actor_id, closed_at)
        VALUES (v_asked.fund_id, v_asked.through, p_proposal, p_actor, custody_recorded(p_at));
    UPDATE custody_ledger_head SET closed_through = v_asked.through WHERE fund_id = v_asked.fund_id;
END $$;
