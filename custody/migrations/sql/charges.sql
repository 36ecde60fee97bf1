-- Which debits rules may book as the bank's own charge, without anybody's key: to the bank itself, within the deed's cap.

-- A text as names are compared: one width, no spaces, small letters.
CREATE FUNCTION custody_folded(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(regexp_replace(normalize(p_text, NFKC), '\s', '', 'g'))
$$;

-- Whether a line's counterparty is the bank that keeps the account: by its exact name, with or without its branch (what
-- stands after 银行 or 信用社) and its form (股份有限公司); or nobody at all, neither name nor account, as banks print
-- what they take for themselves.
CREATE FUNCTION custody_is_the_bank(p_bank text, p_name text, p_account text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN n.name = '' THEN btrim(p_account) = ''
                ELSE n.name IN (n.bank, n.head, n.head || '股份有限公司',
                                n.head || '股份有限公司' || substr(n.bank, length(n.head) + 1)) IS TRUE END
      FROM (SELECT custody_folded(p_name) AS name, custody_folded(p_bank) AS bank,
                   substring(custody_folded(p_bank) FROM '^.*?(?:银行|信用社)') AS head) n
$$;

-- Why rules may not book this debit as the bank's charge; NULL when they may. The cap is the deed's for one month of the
-- account: what rules booked of it before the line, in the bank's order, counts against
-- it; what people explained on their keys does not.
CREATE FUNCTION custody_bank_charge_doubt(p_line bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN l.amount >= 0 OR NOT custody_is_the_bank(k.bank_name, l.counterparty_name, l.counterparty_account)
                THEN 'not-the-bank'
                WHEN c.cap IS NULL THEN 'no-cap'
                WHEN m.taken - l.amount > c.cap THEN 'over-cap' END
      FROM custody_bankline l
      JOIN custody_bankaccount k ON k.id = l.account_id
      LEFT JOIN LATERAL (
           SELECT CASE WHEN t.value ~ '^[0-9]{1,9}(\.[0-9]{1,2})?$' THEN t.value::numeric END AS cap
             FROM custody_deedterm t
            WHERE t.fund_id = l.fund_id AND t.term = 'bank_charge_cap' AND t.effective_from <= l.booked_on
            ORDER BY t.effective_from DESC LIMIT 1) c ON true
     CROSS JOIN LATERAL (
           SELECT coalesce(-sum(b.amount), 0) AS taken FROM custody_bankline b
             JOIN LATERAL (SELECT x.kind FROM custody_lineexplanation x WHERE x.line_id = b.id ORDER BY x.id DESC LIMIT 1) x
               ON x.kind = 'bank_charge'
            WHERE b.account_id = l.account_id AND b.position < l.position AND b.amount < 0
              AND NOT EXISTS (SELECT FROM custody_breakexplanation e WHERE e.line_id = b.id)
              AND date_trunc('month', b.booked_on::timestamp) = date_trunc('month', l.booked_on::timestamp)) m
     WHERE l.id = p_line
$$;
