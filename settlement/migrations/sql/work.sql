-- Work and scores are judged by those they were done for: the committee's people hand a workbook in, and what stands in it
-- is a fact once a keyholder of the committee has signed exactly these rows.

-- What the committee's key is bound to: the workbook, who handed it in, and every row.
CREATE FUNCTION settlement_acceptance_content(p_acceptance bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('acceptance-1', a.fund_id, a.id, f.sha256, a.handed_in_by_id,
               (SELECT jsonb_agg(jsonb_build_array(w.id, w.what, w.row, w.named, w.facts) ORDER BY w.id)
                  FROM settlement_acceptancerow w WHERE w.acceptance_id = a.id))::text, 'UTF8')), 'hex')
      FROM settlement_acceptance a JOIN custody_document f ON f.id = a.source_file_id WHERE a.id = p_acceptance
$$;

-- True while it may be signed: not signed yet, and none of its rows on record or handed in again since.
CREATE FUNCTION settlement_acceptance_waits(p_acceptance bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM settlement_acceptancerow w WHERE w.acceptance_id = p_acceptance)
       AND NOT EXISTS (
        SELECT FROM settlement_acceptancerow w
         WHERE w.acceptance_id = p_acceptance
           AND (EXISTS (SELECT FROM settlement_acceptancerow n
                         WHERE n.fund_id = w.fund_id AND n.what = w.what AND n.named = w.named
                           AND n.acceptance_id > w.acceptance_id)
                OR w.what = 'work' AND EXISTS (
                    SELECT FROM settlement_workorder o WHERE o.fund_id = w.fund_id AND o.number = w.named)
                OR w.what = 'score' AND EXISTS (
                    SELECT FROM settlement_assessment s
                     WHERE s.fund_id = w.fund_id AND s.year || 'Q' || s.quarter = w.named)))
$$;

ALTER TABLE settlement_acceptance ADD CONSTRAINT acceptance_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT acceptance_from_its_funds_document FOREIGN KEY (fund_id, source_file_id)
        REFERENCES custody_document (fund_id, id);
ALTER TABLE settlement_acceptancerow ADD CONSTRAINT acceptance_row_of_its_funds_acceptance
    FOREIGN KEY (fund_id, acceptance_id) REFERENCES settlement_acceptance (fund_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_acceptancerow
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION settlement_acceptance_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    NEW.handed_in_at := custody_recorded(NEW.handed_in_at);
    IF NOT custody_permitted('accept_work', NEW.handed_in_by_id, NEW.fund_id,
                             (NEW.handed_in_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not hand in accepted work or scores of fund %', NEW.handed_in_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judged_by_the_committee';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acceptance_guard BEFORE INSERT ON settlement_acceptance
    FOR EACH ROW EXECUTE FUNCTION settlement_acceptance_guard();

CREATE FUNCTION settlement_acceptance_row_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('approval:acceptance'), (NEW.acceptance_id % 2147483647)::int);
    IF EXISTS (SELECT FROM custody_approval k
                WHERE k.subject_kind = 'acceptance' AND k.subject_id = NEW.acceptance_id) THEN
        RAISE EXCEPTION 'acceptance % stands as it was handed in: a key was turned on it', NEW.acceptance_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_stands_as_handed_in';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER acceptance_row_guard BEFORE INSERT ON settlement_acceptancerow
    FOR EACH ROW EXECUTE FUNCTION settlement_acceptance_row_guard();

CREATE FUNCTION settlement_judged_by_the_committee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT custody_permitted('accept_work', NEW.recorded_by_id, NEW.fund_id,
                             (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not accept work or scores of fund %', NEW.recorded_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'judged_by_the_committee';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER judged_by_the_committee BEFORE INSERT ON settlement_workorder
    FOR EACH ROW EXECUTE FUNCTION settlement_judged_by_the_committee();
CREATE TRIGGER judged_by_the_committee BEFORE INSERT ON settlement_assessment
    FOR EACH ROW EXECUTE FUNCTION settlement_judged_by_the_committee();

-- Each fact (TG_ARGV[0]: of which sheet) is a row its recorder signed for the committee, in its columns and once. The
-- tables' owner is not asked: it could take the guard away.
CREATE FUNCTION settlement_signed_by_the_committee() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_named text;
BEGIN
    IF custody_owns(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM custody_refuse_the_past(TG_TABLE_NAME);
    PERFORM FROM fresh n
      LEFT JOIN settlement_acceptancerow w ON w.id = n.accepts_id AND w.fund_id = n.fund_id AND w.what = TG_ARGV[0]
      LEFT JOIN settlement_acceptance a ON a.id = w.acceptance_id AND a.source_file_id = n.source_file_id
      LEFT JOIN (
          SELECT k.subject_id, k.operator_id
            FROM (SELECT DISTINCT r.acceptance_id AS id
                    FROM fresh f JOIN settlement_acceptancerow r ON r.id = f.accepts_id) d
            JOIN custody_approval k ON k.subject_kind = 'acceptance' AND k.subject_id = d.id AND k.key = 'approve'
             AND k.content_sha256 = settlement_acceptance_content(d.id) AND custody_key_stands(k.id, k.signed_id)) s
        ON s.subject_id = a.id AND s.operator_id = n.recorded_by_id
     WHERE s.subject_id IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'a row of % is nothing that its recorder signed for the committee', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signed_by_the_committee';
    END IF;
    EXECUTE format('SELECT w.named FROM fresh n JOIN settlement_acceptancerow w ON w.id = n.accepts_id'
        ' WHERE to_jsonb(n) - $1 IS DISTINCT FROM to_jsonb(jsonb_populate_record(NULL::%I, w.facts)) - $1 LIMIT 1',
        TG_TABLE_NAME) INTO v_named USING ARRAY['id', 'accepts_id', 'source_file_id', 'recorded_by_id', 'recorded_at'];
    IF v_named IS NOT NULL THEN
        RAISE EXCEPTION '% was signed with other content', v_named
            USING ERRCODE = 'check_violation', CONSTRAINT = 'recorded_as_signed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER signed_by_the_committee AFTER INSERT ON settlement_workorder REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_signed_by_the_committee('work');
CREATE TRIGGER signed_by_the_committee AFTER INSERT ON settlement_assessment REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_signed_by_the_committee('score');
CALL custody_judged_by_what_is_committed(ARRAY['settlement_acceptancerow']);
