-- Never short binds what we do: nothing of ours lessens what is available below zero. What the bank has booked already
-- is recorded even then; while a book stands short, nothing is held, placed, released or filed for the fund.

-- Whether the bank's own line is what entry p_sequence takes from the account: keyed by a line of the fund's account,
-- and all entries keyed by that line move exactly its amount of the fund's cash, and all of it on this account.
CREATE FUNCTION custody_bank_took(p_fund integer, p_account integer, p_sequence integer) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT (SELECT sum(l.amount) = b.amount AND sum(l.amount) FILTER (WHERE l.account_id = p_account) = b.amount
                  FROM custody_entry n
                  JOIN custody_line l ON l.fund_id = n.fund_id AND l.sequence = n.sequence
                  JOIN custody_account a ON a.id = l.account_id AND a.kind = 'cash'
                 WHERE n.fund_id = p_fund AND n.key >= c.name AND n.key < c.name || ';'
                   AND (n.key = c.name OR starts_with(n.key, c.name || ':')))
          FROM custody_entry e
          JOIN custody_bankaccount k ON k.fund_id = e.fund_id AND starts_with(e.key, 'bank:' || k.number || ':')
         CROSS JOIN LATERAL substring(substr(e.key, length(k.number) + 7) FROM '^([0-9]{1,9})(?::|$)') AS place
          JOIN custody_bankline b ON b.account_id = k.id AND b.fund_id = e.fund_id AND b.position = place::integer
         CROSS JOIN LATERAL (SELECT 'bank:' || k.number || ':' || place COLLATE "C" AS name) c
         WHERE e.fund_id = p_fund AND e.sequence = p_sequence AND b.position::text = place), false)
$$;

-- Whether the bank alone made what stands on the account less than what is held on it: back from the newest line,
-- until as much was there as is held, everything that took from it is a line of the bank's.
CREATE FUNCTION custody_short_by_the_bank(p_fund integer, p_account integer, p_posted numeric, p_held numeric)
RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_available numeric := p_posted - p_held;
    v_line      record;
BEGIN
    FOR v_line IN SELECT l.sequence, l.amount FROM custody_line l
                   WHERE l.fund_id = p_fund AND l.account_id = p_account ORDER BY l.sequence DESC, l.line_no DESC LOOP
        EXIT WHEN v_available >= 0;
        IF v_line.amount < 0 AND NOT custody_bank_took(p_fund, p_account, v_line.sequence) THEN
            RETURN false;
        END IF;
        v_available := v_available - v_line.amount;
    END LOOP;
    RETURN v_available >= 0;
END $$;

CREATE FUNCTION custody_never_short() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.guard = OLD.guard AND NEW.held <= OLD.held
       AND (NEW.guard * NEW.posted - NEW.held >= OLD.guard * OLD.posted - OLD.held
            OR EXISTS (SELECT FROM custody_account a WHERE a.id = NEW.account_id AND a.kind = 'cash')
               AND custody_short_by_the_bank(NEW.fund_id, NEW.account_id, NEW.posted, NEW.held)) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'account % of fund %: % posted, % held, and no line of the bank''s took it',
        NEW.account_id, NEW.fund_id, NEW.posted, NEW.held
        USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_never_short';
END $$;
CREATE TRIGGER never_short AFTER INSERT OR UPDATE ON custody_balance
    FOR EACH ROW WHEN (NEW.guard <> 0 AND NEW.guard * NEW.posted - NEW.held < 0)
    EXECUTE FUNCTION custody_never_short();
ALTER TABLE custody_balance ENABLE ALWAYS TRIGGER never_short;

-- Whether the bank took more from a book of the fund than was free in it.
CREATE FUNCTION custody_fund_short(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_account a JOIN custody_balance b ON b.account_id = a.id
         WHERE a.fund_id = p_fund AND a.kind = 'cash' AND b.posted < b.held)
$$;
