-- Papers are kept: what a document says of itself never changes and never goes, and each stays with its fund.

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_document
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- How long a paper is kept follows from what it is (会计档案管理办法): vouchers and their evidence 30 years,
-- the bank's statements and reports within a year 10 years, what founds a trust and annual reports for ever.
ALTER TABLE custody_document
    ADD CONSTRAINT document_digest_is_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT document_is_not_empty CHECK (size > 0),
    ADD CONSTRAINT document_retention_of_its_kind CHECK (CASE kind
        WHEN 'estate' THEN retention = 'permanent'
        WHEN 'resolution' THEN retention = 'permanent'
        WHEN 'amendment' THEN retention = 'permanent'
        WHEN 'bank' THEN retention = 'years10'
        WHEN 'statement' THEN retention IN ('years10', 'permanent')
        ELSE kind IN ('channel', 'revenue', 'work', 'invoices', 'payment', 'payment_status', 'evidence', 'return_sheet')
             AND retention = 'years30'
    END),
    ADD CONSTRAINT document_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT document_of_fund_by_its_bytes UNIQUE (fund_id, id, sha256);

ALTER TABLE custody_bankline ADD CONSTRAINT bank_line_from_its_funds_document
    FOREIGN KEY (fund_id, source_file_id) REFERENCES custody_document (fund_id, id);
ALTER TABLE custody_bankperiod
    ADD CONSTRAINT bank_period_from_its_funds_document
        FOREIGN KEY (fund_id, source_file_id) REFERENCES custody_document (fund_id, id),
    ADD CONSTRAINT bank_period_is_finite CHECK (isfinite(from_on) AND isfinite(to_on));
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_bankperiod
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
ALTER TABLE custody_channelorder ADD CONSTRAINT order_from_its_funds_document
    FOREIGN KEY (fund_id, source_file_id) REFERENCES custody_document (fund_id, id);
ALTER TABLE custody_revenueline ADD CONSTRAINT revenue_from_its_funds_document
    FOREIGN KEY (fund_id, source_file_id) REFERENCES custody_document (fund_id, id);
