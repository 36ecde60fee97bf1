-- What changes by a dated workbook: proposed rows, two keys on all of them, then facts exactly as the rows say.

-- What both keys are bound to: the resolution and its paper, the workbook, and every row.
CREATE FUNCTION custody_amendment_content(p_amendment bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('amendment-1', a.fund_id, a.id, a.kind, r.reference, r.resolved_on,
               r.title, p.sha256, f.sha256, a.proposed_by_id,
               (SELECT jsonb_agg(jsonb_build_array(w.id, w.row, w.facts) ORDER BY w.row)
                  FROM custody_amendmentrow w WHERE w.amendment_id = a.id))::text, 'UTF8')), 'hex')
      FROM custody_amendment a
      JOIN custody_resolution r ON r.id = a.resolution_id
      JOIN custody_document f ON f.id = a.source_file_id
      LEFT JOIN custody_document p ON p.id = r.document_id
     WHERE a.id = p_amendment
$$;

-- True when both keys stand on the whole of it, neither turned by whoever proposed it.
CREATE FUNCTION custody_amendment_keyed(p_amendment bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(custody_both_keys_turned(a.fund_id, 'amendment', a.id, custody_amendment_content(a.id))
           AND NOT EXISTS (SELECT FROM custody_approval k
                             LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = k.id
                            WHERE k.subject_kind = 'amendment' AND k.subject_id = a.id AND w.id IS NULL
                              AND k.operator_id = a.proposed_by_id)), false)
      FROM custody_amendment a WHERE a.id = p_amendment
$$;

ALTER TABLE custody_resolution ADD CONSTRAINT resolution_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT resolution_by_its_funds_paper FOREIGN KEY (fund_id, document_id)
        REFERENCES custody_document (fund_id, id);
ALTER TABLE custody_amendment ADD CONSTRAINT amendment_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT amendment_by_its_funds_resolution FOREIGN KEY (fund_id, resolution_id)
        REFERENCES custody_resolution (fund_id, id),
    ADD CONSTRAINT amendment_from_its_funds_document FOREIGN KEY (fund_id, source_file_id)
        REFERENCES custody_document (fund_id, id);
ALTER TABLE custody_amendmentrow ADD CONSTRAINT amendment_row_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT amendment_row_of_its_funds_amendment FOREIGN KEY (fund_id, amendment_id)
        REFERENCES custody_amendment (fund_id, id);
ALTER TABLE custody_deedterm ADD CONSTRAINT deed_term_by_its_funds_resolution FOREIGN KEY (fund_id, resolution_id)
    REFERENCES custody_resolution (fund_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_amendment
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_amendmentrow
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Whether the present role owns the table: it could take the guard away, so the guard does not ask it. Nobody who
-- serves a page, a worker or a command is one (config/logins.py).
CREATE FUNCTION custody_owns(p_table oid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT pg_has_role(current_user, c.relowner, 'MEMBER') FROM pg_class c WHERE c.oid = p_table
$$;

-- Proposed by the trust company's desk, dated by this clock; a resolution after the handover has its paper.
CREATE FUNCTION custody_amendment_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    NEW.proposed_at := custody_recorded(NEW.proposed_at);
    IF NOT custody_permitted('propose_amendment', NEW.proposed_by_id, NEW.fund_id,
                             (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not propose changes of fund %', NEW.proposed_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'amendment_proposed_by_trustee';
    ELSIF NOT EXISTS (SELECT FROM custody_resolution r WHERE r.id = NEW.resolution_id AND r.document_id IS NOT NULL) THEN
        RAISE EXCEPTION 'a change rests on a resolution whose paper is kept'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'amendment_rests_on_a_paper';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER amendment_guard BEFORE INSERT ON custody_amendment
    FOR EACH ROW EXECUTE FUNCTION custody_amendment_guard();

CREATE FUNCTION custody_amendment_row_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('approval:amendment'), (NEW.amendment_id % 2147483647)::int);
    IF EXISTS (SELECT FROM custody_approval k WHERE k.subject_kind = 'amendment' AND k.subject_id = NEW.amendment_id) THEN
        RAISE EXCEPTION 'amendment % stands as it was proposed: a key was turned on it', NEW.amendment_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'amendment_stands_as_proposed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER amendment_row_guard BEFORE INSERT ON custody_amendmentrow
    FOR EACH ROW EXECUTE FUNCTION custody_amendment_row_guard();

-- A fact (TG_ARGV[0]: of which kind of change) comes before the fund's first entry, with the handover, or exactly as a
-- row says on which both keys stand, and once. Judged a statement at a time: an estate has many units.
CREATE FUNCTION custody_enacted_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_row bigint;
BEGIN
    IF custody_owns(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM FROM fresh n WHERE n.enacts_id IS NULL AND EXISTS (SELECT FROM custody_entry e WHERE e.fund_id = n.fund_id);
    IF FOUND THEN
        RAISE EXCEPTION 'the fund is open: what changes in % is proposed and keyed', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changed_by_two_keys';
    END IF;
    IF EXISTS (SELECT FROM fresh n WHERE n.enacts_id IS NOT NULL) THEN
        PERFORM custody_refuse_the_past(TG_TABLE_NAME);
    END IF;
    SELECT n.enacts_id INTO v_row FROM fresh n
      LEFT JOIN custody_amendmentrow w ON w.id = n.enacts_id AND w.fund_id = n.fund_id
      LEFT JOIN custody_amendment a ON a.id = w.amendment_id AND a.kind = TG_ARGV[0]
      LEFT JOIN (SELECT d.amendment_id, custody_amendment_keyed(d.amendment_id) AS keyed FROM (
                     SELECT DISTINCT r.amendment_id FROM fresh f JOIN custody_amendmentrow r ON r.id = f.enacts_id) d) k
             ON k.amendment_id = a.id
     WHERE n.enacts_id IS NOT NULL AND k.keyed IS NOT TRUE LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'row % is of no change of its fund that both keys stand on', v_row
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changed_by_two_keys';
    END IF;
    EXECUTE format('SELECT n.enacts_id FROM fresh n JOIN custody_amendmentrow w ON w.id = n.enacts_id'
        ' WHERE to_jsonb(n) - ''{id,enacts_id}''::text[] IS DISTINCT FROM'
        ' to_jsonb(jsonb_populate_record(NULL::%I, w.facts)) - ''{id,enacts_id}''::text[] LIMIT 1', TG_TABLE_NAME) INTO v_row;
    IF v_row IS NOT NULL THEN
        RAISE EXCEPTION 'row % was keyed with other content', v_row
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changed_as_keyed';
    END IF;
    RETURN NULL;
END $$;

-- The last closed day of a fund, its head locked until the end of the transaction: no period closes meanwhile.
CREATE FUNCTION custody_closed_through(p_fund bigint) RETURNS date
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_through date;
BEGIN
    SELECT h.closed_through INTO v_through FROM custody_ledger_head h WHERE h.fund_id = p_fund FOR NO KEY UPDATE;
    RETURN v_through;
END $$;

-- The last day for whose fees an entry stands: a fee by the day by its period's last, performance by its month's first,
-- whose terms it takes.
CREATE FUNCTION custody_fees_computed_through(p_fund bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max(CASE WHEN e.source ~ '^accrual:[a-z_]+:[0-9]{4}-[0-9]{2}$' THEN (right(e.source, 7) || '-01')::date
                    WHEN e.source ~ ':[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN right(e.source, 10)::date END)
      FROM custody_entry e
     WHERE e.fund_id = p_fund AND e.source >= 'accrual:' AND e.source < 'accrual;'
$$;

-- No fact begins (in the column TG_ARGV[0]) on a closed day.
CREATE FUNCTION custody_dated_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date := (to_jsonb(NEW) ->> TG_ARGV[0])::date;
BEGIN
    IF v_on <= custody_closed_through(NEW.fund_id) THEN
        RAISE EXCEPTION '% of fund % would begin on %, in a closed period', TG_TABLE_NAME, NEW.fund_id, v_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'begins_in_an_open_period';
    END IF;
    RETURN NEW;
END $$;

-- A term changes no fee that is computed already.
CREATE FUNCTION custody_deed_term_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.term NOT IN ('liquidity_floor_months', 'permitted_placements', 'bank_charge_cap')
       AND NEW.effective_from <= custody_fees_computed_through(NEW.fund_id) THEN
        RAISE EXCEPTION 'term % of fund % from % on would change fees that are computed', NEW.term, NEW.fund_id,
            NEW.effective_from
            USING ERRCODE = 'check_violation', CONSTRAINT = 'term_changes_no_computed_fee';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER enacted AFTER INSERT ON custody_deedterm REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('deed_terms');
CREATE TRIGGER c_dated BEFORE INSERT ON custody_deedterm
    FOR EACH ROW EXECUTE FUNCTION custody_dated_guard('effective_from');
CREATE TRIGGER d_computed BEFORE INSERT ON custody_deedterm
    FOR EACH ROW EXECUTE FUNCTION custody_deed_term_guard();

-- Facts of a unit come in the order of their days, so none that stands is cut short unseen, and none is rewritten.
-- What is merged or pulled down has no fact after it.
CREATE FUNCTION custody_unit_fact_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('unit fact'), (NEW.unit_id % 2147483647)::int);
    IF EXISTS (SELECT FROM custody_unitfact f
                WHERE f.unit_id = NEW.unit_id AND (f.valid_from >= NEW.valid_from OR f.ended_as <> '')) THEN
        RAISE EXCEPTION 'unit % has a fact of that day or a later one, or is no more', NEW.unit_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_facts_in_order';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE custody_unitfact ADD CONSTRAINT unit_fact_of_its_funds_unit
    FOREIGN KEY (fund_id, unit_id) REFERENCES custody_unit (fund_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_unitfact
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_unit
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER enacted AFTER INSERT ON custody_unitfact REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('units');
CREATE TRIGGER c_dated BEFORE INSERT ON custody_unitfact
    FOR EACH ROW EXECUTE FUNCTION custody_dated_guard('valid_from');
CREATE TRIGGER d_in_order BEFORE INSERT ON custody_unitfact
    FOR EACH ROW EXECUTE FUNCTION custody_unit_fact_guard();

-- A part in a deed begins and ends on two keys, after the last closed day; no organisation has two at once.
CREATE FUNCTION custody_party_end_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF custody_owns(TG_RELID) THEN
        RETURN NEW;
    END IF;
    PERFORM custody_refuse_the_past(TG_TABLE_NAME);
    IF NEW.valid_until <= custody_closed_through(NEW.fund_id) THEN
        RAISE EXCEPTION 'party % of fund % would end on %, in a closed period', NEW.id, NEW.fund_id, NEW.valid_until
            USING ERRCODE = 'check_violation', CONSTRAINT = 'begins_in_an_open_period';
    ELSIF NOT EXISTS (
        SELECT FROM custody_amendmentrow w JOIN custody_amendment a ON a.id = w.amendment_id
         WHERE w.id = NEW.ended_by_id AND w.fund_id = NEW.fund_id AND a.kind = 'parties'
           AND w.facts = jsonb_build_object('party_id', NEW.id, 'valid_until', NEW.valid_until)
           AND custody_amendment_keyed(a.id)) THEN
        RAISE EXCEPTION 'party % of fund % ends on two keys', NEW.id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'changed_by_two_keys';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE custody_fundparty ADD CONSTRAINT party_one_part_at_a_time EXCLUDE USING gist (
    int8range(fund_id, fund_id, '[]') WITH &&, int8range(organisation_id, organisation_id, '[]') WITH &&,
    daterange(valid_from, valid_until) WITH &&);
CREATE TRIGGER enacted AFTER INSERT ON custody_fundparty REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('parties');
CREATE TRIGGER c_dated BEFORE INSERT ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_dated_guard('valid_from');
CREATE TRIGGER d_ended BEFORE UPDATE ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_party_end_guard();

-- An account of the fund ends on two keys, once, when the bank's last word of it is zero and of no later day (a later
-- account begins empty, the handover's does not), and when another account pays from then on.
CREATE FUNCTION custody_account_end_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
BEGIN
    v_name := CASE
        WHEN coalesce((SELECT b.balance <> 0 OR b.booked_on >= NEW.usable_until FROM custody_bankline b
                        WHERE b.account_id = NEW.account_id ORDER BY b.position DESC LIMIT 1),
                      (SELECT k.handover FROM custody_bankaccount k WHERE k.id = NEW.account_id)) THEN 'account_ends_empty'
        WHEN NOT EXISTS (
            SELECT FROM custody_bankaccount k LEFT JOIN custody_accountend x ON x.account_id = k.id
             WHERE k.fund_id = NEW.fund_id AND k.id <> NEW.account_id AND k.pays
               AND (k.handover OR k.usable_from <= NEW.usable_until)
               AND (x.usable_until IS NULL OR x.usable_until > NEW.usable_until)) THEN 'another_account_pays'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'account % of fund % does not end on %', NEW.account_id, NEW.fund_id, NEW.usable_until
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE custody_accountend ADD CONSTRAINT end_of_its_funds_account
    FOREIGN KEY (fund_id, account_id) REFERENCES custody_bankaccount (fund_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_accountend
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER enacted AFTER INSERT ON custody_accountend REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('bank_accounts');
CREATE TRIGGER c_dated BEFORE INSERT ON custody_accountend
    FOR EACH ROW EXECUTE FUNCTION custody_dated_guard('usable_until');
CREATE TRIGGER d_ends BEFORE INSERT ON custody_accountend
    FOR EACH ROW EXECUTE FUNCTION custody_account_end_guard();
CREATE TRIGGER enacted AFTER INSERT ON custody_bankaccount REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION custody_enacted_guard('bank_accounts');
CREATE TRIGGER c_dated BEFORE INSERT ON custody_bankaccount
    FOR EACH ROW EXECUTE FUNCTION custody_dated_guard('usable_from');
CALL custody_judged_by_what_is_committed(ARRAY['custody_deedterm', 'custody_unitfact', 'custody_amendmentrow',
    'custody_accountend']);
