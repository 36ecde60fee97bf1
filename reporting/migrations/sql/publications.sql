-- What owners were shown stays as it was shown; a month leaves no entry out, and nothing is held back but by two keys.

-- What both keys of a withholding are bound to: which thing of which fund, and the reason owners will read.
CREATE FUNCTION reporting_withholding_content(p_withholding bigint) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('withholding-1', w.fund_id, w.id, w.what, w.number,
               w.reason)::text, 'UTF8')), 'hex')
      FROM reporting_withholding w WHERE w.id = p_withholding
$$;

-- Whether it is in force: both keys stood on it at one moment, and neither was its proposer's.
CREATE FUNCTION reporting_withholding_stands(p_withholding bigint) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT custody_both_keys_stood(w.fund_id, 'withholding', w.id, reporting_withholding_content(w.id))
           AND NOT EXISTS (SELECT FROM custody_approval a
                            WHERE a.subject_kind = 'withholding' AND a.subject_id = w.id
                              AND a.operator_id = w.proposed_by_id)
      FROM reporting_withholding w WHERE w.id = p_withholding
$$;

CREATE FUNCTION reporting_withholding_proposed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.proposed_at := custody_now();
    IF NOT custody_permitted('withhold', NEW.proposed_by_id, NEW.fund_id,
                             (NEW.proposed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may hold nothing of fund % back', NEW.proposed_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withholding_proposed_by_the_desk';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER withholding_proposed BEFORE INSERT ON reporting_withholding
    FOR EACH ROW EXECUTE FUNCTION reporting_withholding_proposed();
ALTER TABLE reporting_withholding ADD CONSTRAINT withholding_of_fund UNIQUE (fund_id, id);

-- Published by one who may, of days that are over, when this clock says, on top of the head the ledger has now, as the
-- next edition of these days.
CREATE FUNCTION reporting_publication_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_on date;
BEGIN
    NEW.published_at := custody_now();
    NEW.known_at := NEW.published_at;
    v_on := (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date;
    IF NOT custody_permitted('publish_accounts', NEW.published_by_id, NEW.fund_id, v_on) THEN
        RAISE EXCEPTION 'operator % publishes nothing of fund %', NEW.published_by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_by_one_who_may';
    ELSIF NEW.to_on >= v_on THEN
        RAISE EXCEPTION 'days through % are not over', NEW.to_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_when_over';
    ELSIF NEW.kind = 'month' AND (
        date_trunc('month', NEW.from_on) <> date_trunc('month', NEW.to_on)
        OR NEW.to_on <> (date_trunc('month', NEW.to_on) + interval '1 month - 1 day')::date
        OR NEW.from_on <> greatest(date_trunc('month', NEW.to_on)::date,
                                   (SELECT f.opened_on FROM custody_fund f WHERE f.id = NEW.fund_id))) THEN
        RAISE EXCEPTION '% to % is no month of fund %', NEW.from_on, NEW.to_on, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_by_whole_months';
    ELSIF NEW.edition <> 1 + coalesce((SELECT max(p.edition) FROM reporting_publication p
                                        WHERE p.fund_id = NEW.fund_id AND p.kind = NEW.kind AND p.to_on = NEW.to_on), 0) THEN
        RAISE EXCEPTION 'edition % of days through % does not follow', NEW.edition, NEW.to_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'editions_follow';
    END IF;
    PERFORM FROM custody_ledger_head h
      WHERE h.fund_id = NEW.fund_id AND h.sequence = NEW.sequence AND encode(h.chain, 'hex') = NEW.chain;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the ledger of fund % does not stand at %', NEW.fund_id, NEW.sequence
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_under_the_head';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publication_guard BEFORE INSERT ON reporting_publication
    FOR EACH ROW EXECUTE FUNCTION reporting_publication_guard();
ALTER TABLE reporting_publication ADD CONSTRAINT publication_of_fund UNIQUE (fund_id, id);
ALTER TABLE reporting_publishedentry
    ADD CONSTRAINT entry_of_its_funds_publication FOREIGN KEY (fund_id, publication_id)
        REFERENCES reporting_publication (fund_id, id),
    ADD CONSTRAINT entry_withheld_in_its_fund FOREIGN KEY (fund_id, withheld_id)
        REFERENCES reporting_withholding (fund_id, id);
ALTER TABLE reporting_publisheddocument
    ADD CONSTRAINT document_of_its_funds_publication FOREIGN KEY (fund_id, publication_id)
        REFERENCES reporting_publication (fund_id, id),
    ADD CONSTRAINT document_withheld_in_its_fund FOREIGN KEY (fund_id, withheld_id)
        REFERENCES reporting_withholding (fund_id, id);
ALTER TABLE reporting_handout ADD CONSTRAINT handout_of_fund UNIQUE (fund_id, id);
ALTER TABLE reporting_publishedpaper
    ADD CONSTRAINT paper_of_its_funds_publication FOREIGN KEY (fund_id, publication_id)
        REFERENCES reporting_publication (fund_id, id),
    ADD CONSTRAINT paper_handed_out_by_its_fund FOREIGN KEY (fund_id, handout_id) REFERENCES reporting_handout (fund_id, id);

-- Each entry is the journal's, of the month, with the journal's amount, and held back only by what two keys stand on.
CREATE FUNCTION reporting_entries_published() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_bad integer;
BEGIN
    SELECT n.sequence INTO v_bad
      FROM arrived n
      JOIN reporting_publication p ON p.id = n.publication_id
      LEFT JOIN LATERAL (
           SELECT min(l.effective_on) AS on_day,
                  sum(l.amount) FILTER (WHERE k.section = 'funds') AS moved
             FROM custody_line l JOIN custody_account a ON a.id = l.account_id
             JOIN custody_account_kind k ON k.code = a.kind
            WHERE l.fund_id = n.fund_id AND l.sequence = n.sequence) e ON true
     WHERE p.kind <> 'month' OR e.on_day IS NULL OR e.on_day NOT BETWEEN p.from_on AND p.to_on
        OR n.sequence > p.sequence OR n.amount <> coalesce(e.moved, 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is published otherwise than the journal has it', v_bad
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_as_booked';
    END IF;
    PERFORM FROM arrived n JOIN reporting_withholding w ON w.id = n.withheld_id
      WHERE w.what <> 'entry' OR w.number <> n.sequence::text OR NOT reporting_withholding_stands(w.id);
    IF FOUND THEN
        RAISE EXCEPTION 'an entry is held back without two keys on it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withheld_by_two_keys';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_published AFTER INSERT ON reporting_publishedentry
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION reporting_entries_published();

CREATE FUNCTION reporting_document_published() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM custody_document d WHERE d.fund_id = NEW.fund_id AND d.sha256 = NEW.sha256;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % kept no document %', NEW.fund_id, NEW.sha256
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_document_is_kept';
    END IF;
    PERFORM FROM reporting_withholding w
      WHERE w.id = NEW.withheld_id
        AND (w.what <> 'document' OR w.number <> NEW.sha256 OR NOT reporting_withholding_stands(w.id));
    IF FOUND THEN
        RAISE EXCEPTION 'document % is held back without two keys on it', NEW.sha256
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withheld_by_two_keys';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document_published BEFORE INSERT ON reporting_publisheddocument
    FOR EACH ROW EXECUTE FUNCTION reporting_document_published();

-- When the transaction ends, a published month holds every entry that the journal dates in it.
CREATE FUNCTION reporting_published_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_missing integer;
BEGIN
    SELECT l.sequence INTO v_missing
      FROM custody_account a
      JOIN custody_line l ON l.account_id = a.id AND l.effective_on BETWEEN NEW.from_on AND NEW.to_on
     WHERE a.fund_id = NEW.fund_id AND l.sequence <= NEW.sequence
       AND NOT EXISTS (SELECT FROM reporting_publishedentry x
                        WHERE x.publication_id = NEW.id AND x.sequence = l.sequence) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'publication % leaves entry % out', NEW.id, v_missing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'published_whole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER published_whole AFTER INSERT ON reporting_publication
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'month') EXECUTE FUNCTION reporting_published_whole();

-- Of each published month the entries dated in it that its newest edition does not hold, and since when.
CREATE FUNCTION reporting_unseen(p_fund bigint) RETURNS TABLE (to_on date, entries bigint, since timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p.to_on, count(DISTINCT l.sequence), min(e.recorded_at)
      FROM (SELECT DISTINCT ON (x.to_on) x.from_on, x.to_on, x.sequence
              FROM reporting_publication x WHERE x.fund_id = p_fund AND x.kind = 'month'
             ORDER BY x.to_on, x.edition DESC) p
      JOIN custody_account a ON a.fund_id = p_fund
      JOIN custody_line l ON l.account_id = a.id AND l.effective_on BETWEEN p.from_on AND p.to_on
           AND l.sequence > p.sequence
      JOIN custody_entry e ON e.fund_id = p_fund AND e.sequence = l.sequence
     GROUP BY p.to_on
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['reporting_withholding', 'reporting_publication', 'reporting_publishedentry',
                                'reporting_publisheddocument', 'reporting_publishedpaper'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
