-- A signed pack that left: of its own fund's kept bytes, under an anchored head, the next edition, by one who may issue.

ALTER TABLE reporting_pack
    ADD CONSTRAINT pack_of_its_funds_document
        FOREIGN KEY (fund_id, document_id, sha256) REFERENCES custody_document (fund_id, id, sha256);

CREATE FUNCTION reporting_pack_issued() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.at := custody_now();
    IF NOT custody_permitted('issue_statement', NEW.by_id, NEW.fund_id, (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % issues no pack of fund %', NEW.by_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pack_issued_by_one_who_may';
    END IF;
    PERFORM FROM custody_anchor a
      WHERE a.fund_id = NEW.fund_id AND a.sequence = NEW.sequence AND encode(a.chain, 'hex') = NEW.chain;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'head % of fund % was never anchored', NEW.sequence, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pack_under_an_anchor';
    END IF;
    IF NEW.edition <> 1 + coalesce((SELECT max(p.edition) FROM reporting_pack p
         WHERE p.fund_id = NEW.fund_id AND (p.from_on, p.to_on) = (NEW.from_on, NEW.to_on)), 0) THEN
        RAISE EXCEPTION 'edition % does not follow', NEW.edition
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pack_editions_follow';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER pack_issued BEFORE INSERT ON reporting_pack
    FOR EACH ROW EXECUTE FUNCTION reporting_pack_issued();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reporting_pack
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reporting_packfile
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
