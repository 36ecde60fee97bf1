-- Facts stay as they came, and each with its fund.

-- Facts never change: deed terms, resolutions, bank lines, explanations, keys and withdrawals.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['custody_deedterm', 'custody_resolution', 'custody_bankline',
                                'custody_lineexplanation', 'custody_approval', 'custody_approvalwithdrawal'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;

-- What comes with the handover comes before the fund's first entry, and is never taken for it, or from it, later.
CREATE FUNCTION custody_handover_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.handover <> OLD.handover
       OR TG_OP = 'INSERT' AND NEW.handover AND EXISTS (SELECT FROM custody_entry e WHERE e.fund_id = NEW.fund_id) THEN
        RAISE EXCEPTION 'fund % is open: its handover is over', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'handover_before_the_first_entry';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_of_handover BEFORE INSERT OR UPDATE ON custody_bankaccount
    FOR EACH ROW EXECUTE FUNCTION custody_handover_guard();

-- Evidence stays with its fund: every row that names a fund and a row of another table agree on the fund.
ALTER TABLE custody_bankaccount ADD CONSTRAINT bank_account_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT bank_account_as_filed UNIQUE (fund_id, id, number, holder, bank_name);
ALTER TABLE custody_bankline ADD CONSTRAINT bank_line_of_fund UNIQUE (fund_id, id);
ALTER TABLE custody_unit ADD CONSTRAINT unit_of_fund UNIQUE (fund_id, id);
ALTER TABLE custody_bankline ADD CONSTRAINT bank_line_in_its_funds_account
    FOREIGN KEY (fund_id, account_id) REFERENCES custody_bankaccount (fund_id, id);
ALTER TABLE custody_lineexplanation
    ADD CONSTRAINT explanation_of_its_funds_line FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT explanation_by_its_funds_unit FOREIGN KEY (fund_id, unit_id) REFERENCES custody_unit (fund_id, id),
    ADD CONSTRAINT explanation_by_its_funds_entry FOREIGN KEY (fund_id, entry_sequence)
        REFERENCES custody_entry (fund_id, sequence);
ALTER TABLE custody_channelorder
    ADD CONSTRAINT order_of_its_funds_unit FOREIGN KEY (fund_id, unit_id) REFERENCES custody_unit (fund_id, id),
    ADD CONSTRAINT order_of_its_funds_line FOREIGN KEY (fund_id, bank_line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT order_by_its_funds_entry FOREIGN KEY (fund_id, entry_sequence)
        REFERENCES custody_entry (fund_id, sequence);
ALTER TABLE custody_revenueline
    ADD CONSTRAINT revenue_of_its_funds_line FOREIGN KEY (fund_id, bank_line_id) REFERENCES custody_bankline (fund_id, id);
ALTER TABLE custody_placement
    ADD CONSTRAINT placement_out_of_its_fund FOREIGN KEY (fund_id, placed_line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT placement_back_to_its_fund FOREIGN KEY (fund_id, returned_line_id)
        REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT placement_principal_positive CHECK (principal > 0),
    ADD CONSTRAINT placement_book_known CHECK (book IN ('operating', 'maintenance'));
