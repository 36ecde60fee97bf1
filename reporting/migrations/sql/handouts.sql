-- A statement that left the house: of its own fund's kept bytes, under a head that was anchored, by one who may issue.

ALTER TABLE reporting_handout
    ADD CONSTRAINT handout_of_its_funds_document
        FOREIGN KEY (fund_id, document_id, sha256) REFERENCES custody_document (fund_id, id, sha256);

CREATE FUNCTION reporting_handed_out() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.at := custody_now();
    IF NOT custody_permitted('issue_statement', NEW.by_id, NEW.fund_id, (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % issues no statement of fund %', NEW.by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handed_out_by_one_who_may';
    END IF;
    PERFORM FROM custody_document d WHERE d.id = NEW.document_id AND d.kind = 'statement';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'document % is no statement', NEW.document_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handed_out_is_a_statement';
    END IF;
    PERFORM FROM custody_anchor a
      WHERE a.fund_id = NEW.fund_id AND a.sequence = NEW.sequence AND encode(a.chain, 'hex') = NEW.chain;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'head % of fund % was never anchored', NEW.sequence, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handed_out_under_an_anchor';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER handed_out BEFORE INSERT ON reporting_handout
    FOR EACH ROW EXECUTE FUNCTION reporting_handed_out();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reporting_handout
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
