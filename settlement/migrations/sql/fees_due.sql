-- Quarters of which performance fees are withheld and not settled by a score; yuan, and whether the score is in.
CREATE FUNCTION settlement_withheld_quarters(p_funds bigint[])
RETURNS TABLE (fund_id bigint, year integer, quarter integer, withheld numeric, scored boolean) LANGUAGE sql STABLE AS $$
    SELECT w.fund_id, w.year, w.quarter, -sum(w.amount),
           EXISTS (SELECT FROM settlement_assessment s
                    WHERE s.fund_id = w.fund_id AND s.year = w.year AND s.quarter = w.quarter)
      FROM (
        SELECT a.fund_id, l.amount, e.key LIKE '%:assessed' AS settled, substr(e.key, 21, 4)::integer AS year,
               CASE WHEN e.key ~ '^accrual:performance:[0-9]{4}Q' THEN substr(e.key, 26, 1)::integer
                    ELSE (substr(e.key, 26, 2)::integer + 2) / 3 END AS quarter
          FROM custody_account a
          JOIN custody_line l ON l.account_id = a.id
          JOIN custody_entry e ON e.fund_id = l.fund_id AND e.sequence = l.sequence
         WHERE a.fund_id = ANY (p_funds) AND a.kind = 'performance_withheld'
           AND e.key ~ '^accrual:performance:[0-9]{4}(Q[1-4]|-[0-9]{2})') w
     GROUP BY w.fund_id, w.year, w.quarter
    HAVING NOT bool_or(w.settled) AND sum(w.amount) <> 0
$$;
