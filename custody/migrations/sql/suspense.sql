-- Money nobody recognised, and what people say of it: facts that stay, by people who may, dated by this clock.

ALTER TABLE custody_linenote ADD CONSTRAINT note_of_its_funds_line
    FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id);

CREATE FUNCTION custody_note_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.noted_at := custody_now();
    IF btrim(NEW.text) = '' OR NOT custody_permitted('note_line', NEW.noted_by_id, NEW.fund_id,
            (NEW.noted_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not leave this note beside line %', NEW.noted_by_id, NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'note_says_something_by_the_desk';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_guard BEFORE INSERT ON custody_linenote
    FOR EACH ROW EXECUTE FUNCTION custody_note_guard();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_linenote
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- What a person found a receipt to be. Its parts are of its fund, each says one thing, and money that is no fee is shown
-- by a kept paper.
ALTER TABLE custody_identification
    ADD CONSTRAINT identification_of_its_funds_line FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT identification_to_its_funds_unit FOREIGN KEY (fund_id, unit_id) REFERENCES custody_unit (fund_id, id),
    ADD CONSTRAINT identification_by_its_funds_document
        FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id),
    ADD CONSTRAINT identification_in_yuan CHECK (amount_currency = 'CNY' AND amount <> 0 AND amount <> 'NaN'),
    ADD CONSTRAINT identification_taken_back_says_why CHECK (amount > 0 OR btrim(reason) <> ''),
    ADD CONSTRAINT identification_says_one_thing CHECK (CASE
        WHEN income = 'property_fee' THEN unit_id IS NOT NULL AND month IS NOT NULL AND extract(day FROM month) = 1
        WHEN income IN ('parking', 'advertising', 'grant', 'interest', 'other_income')
            THEN unit_id IS NULL AND month IS NULL AND document_id IS NOT NULL
        ELSE false END);

-- By the desk, dated by this clock, under the fund's lock: parts of one line are judged one transaction after the other.
-- A part is taken back by whoever brings the bank's own correction, too.
CREATE FUNCTION custody_identification_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.identified_at := custody_now();
    PERFORM custody_lock_fund(NEW.fund_id);
    IF NOT EXISTS (SELECT FROM unnest(CASE WHEN NEW.amount < 0 THEN ARRAY['identify_receipt', 'import_bank_statement']
                                          ELSE ARRAY['identify_receipt'] END) act
                    WHERE custody_permitted(act, NEW.identified_by_id, NEW.fund_id,
                                            (NEW.identified_at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
        RAISE EXCEPTION 'operator % may not identify line %', NEW.identified_by_id, NEW.line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'identified_by_the_desk';
    ELSIF NEW.document_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM custody_document d WHERE d.id = NEW.document_id AND d.kind = 'evidence') THEN
        RAISE EXCEPTION 'document % is no evidence of a receipt', NEW.document_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'identified_with_evidence';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identification_guard BEFORE INSERT ON custody_identification
    FOR EACH ROW EXECUTE FUNCTION custody_identification_guard();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_identification
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CALL custody_judged_by_what_is_committed(ARRAY['custody_identification', 'custody_lineexplanation']);

-- Whether an entry books the bank's line as the line's parts have it: keyed by the line, each income to the fen.
CREATE FUNCTION custody_booked_as_identified(p_line bigint, p_sequence bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(starts_with(e.key, 'bank:' || k.number || ':' || b.position || ':')), false)
       AND NOT EXISTS (
           SELECT FROM (SELECT a.kind, -l.amount AS amount
                          FROM custody_bankline f
                          JOIN custody_line l ON l.fund_id = f.fund_id AND l.sequence = p_sequence
                          JOIN custody_account a ON a.id = l.account_id AND a.kind <> 'cash'
                         WHERE f.id = p_line
                        UNION ALL
                        SELECT i.income, -i.amount FROM custody_identification i WHERE i.line_id = p_line) both_sides
            GROUP BY kind HAVING sum(amount) <> 0)
      FROM custody_bankline b
      JOIN custody_bankaccount k ON k.id = b.account_id
      JOIN custody_entry e ON e.fund_id = b.fund_id AND e.sequence = p_sequence
     WHERE b.id = p_line
$$;

-- Judged at commit: a line is identified, its parts are its amount and its newest entry books them; or it is not, they
-- are nothing, and no entry that booked any still stands.
CREATE FUNCTION custody_identified_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
    v_newest record;
    v_parts numeric;
BEGIN
    PERFORM custody_lock_fund(NEW.fund_id);
    SELECT coalesce(sum(i.amount), 0) INTO v_parts FROM custody_identification i WHERE i.line_id = NEW.line_id;
    SELECT x.kind, x.entry_sequence INTO v_newest
      FROM custody_lineexplanation x WHERE x.line_id = NEW.line_id ORDER BY x.id DESC LIMIT 1;
    v_name := CASE
        WHEN v_parts <> (CASE v_newest.kind WHEN 'identified' THEN
                (SELECT b.amount FROM custody_bankline b WHERE b.id = NEW.line_id AND b.amount > 0) ELSE 0 END)
             IS NOT FALSE THEN 'identified_in_full_or_not_at_all'
        WHEN EXISTS (SELECT FROM custody_identification i WHERE i.line_id = NEW.line_id
                      GROUP BY i.income, i.unit_id, i.month, i.document_id
                     HAVING sum(i.amount) < 0 OR (v_parts = 0 AND sum(i.amount) <> 0))
            THEN 'identified_in_full_or_not_at_all'
        WHEN v_newest.kind = 'identified' AND NOT custody_booked_as_identified(NEW.line_id, v_newest.entry_sequence)
            THEN 'identified_as_booked'
        WHEN EXISTS (SELECT FROM custody_lineexplanation x
                      WHERE x.line_id = NEW.line_id AND x.kind = 'identified'
                        AND (v_newest.kind <> 'identified' OR x.entry_sequence <> v_newest.entry_sequence)
                        AND NOT EXISTS (SELECT FROM custody_entry e
                                         WHERE e.fund_id = NEW.fund_id AND e.reverses = x.entry_sequence))
            THEN 'identified_as_booked'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'line % is %, its parts come to %', NEW.line_id, coalesce(v_newest.kind, 'not explained'), v_parts
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER identified_in_full AFTER INSERT ON custody_identification
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION custody_identified_guard();
CREATE CONSTRAINT TRIGGER explained_as_identified AFTER INSERT ON custody_lineexplanation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION custody_identified_guard();
