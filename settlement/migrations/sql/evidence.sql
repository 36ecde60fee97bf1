-- Budgets, work, invoices and payments stay as they came, and each with its fund.

ALTER TABLE settlement_budgetline ADD CONSTRAINT budget_line_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_payeeaccount ADD CONSTRAINT payee_account_of_fund UNIQUE (fund_id, id),
    ADD CONSTRAINT payee_account_by_its_funds_resolution FOREIGN KEY (fund_id, resolution_id)
        REFERENCES custody_resolution (fund_id, id),
    ADD CONSTRAINT payee_account_from_its_funds_document FOREIGN KEY (fund_id, source_file_id)
        REFERENCES custody_document (fund_id, id);
ALTER TABLE settlement_settlement ADD CONSTRAINT settlement_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_paymentbatch ADD CONSTRAINT payment_batch_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_paymentorder ADD CONSTRAINT payment_order_of_fund UNIQUE (fund_id, id);
ALTER TABLE settlement_returntie
    ADD CONSTRAINT return_of_its_funds_order FOREIGN KEY (fund_id, order_id) REFERENCES settlement_paymentorder (fund_id, id),
    ADD CONSTRAINT return_by_its_funds_line FOREIGN KEY (fund_id, line_id) REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT return_by_its_funds_paper FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id);
ALTER TABLE settlement_refusal
    ADD CONSTRAINT refusal_of_its_funds_order FOREIGN KEY (fund_id, order_id) REFERENCES settlement_paymentorder (fund_id, id),
    ADD CONSTRAINT refusal_by_its_funds_report FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id);
ALTER TABLE settlement_submission ADD CONSTRAINT submission_of_its_funds_document
    FOREIGN KEY (fund_id, document_id) REFERENCES custody_document (fund_id, id);

ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_on_its_funds_budget
    FOREIGN KEY (fund_id, budget_line_id) REFERENCES settlement_budgetline (fund_id, id);
ALTER TABLE settlement_settlement
    ADD CONSTRAINT settlement_to_its_funds_payee FOREIGN KEY (fund_id, payee_account_id)
        REFERENCES settlement_payeeaccount (fund_id, id),
    ADD CONSTRAINT settlement_from_its_funds_account FOREIGN KEY (fund_id, debtor_account_id)
        REFERENCES custody_bankaccount (fund_id, id),
    ADD CONSTRAINT settlement_hold_exists FOREIGN KEY (hold_id) REFERENCES custody_hold (id),
    ADD CONSTRAINT settlement_book_known CHECK (book IN ('', 'operating', 'maintenance')),
    ADD CONSTRAINT settlement_holds_while_owed CHECK (CASE
        WHEN state IN ('approved', 'released', 'instructed', 'unknown', 'failed', 'paid', 'reversed')
        THEN hold_id IS NOT NULL ELSE hold_id IS NULL END);
CREATE UNIQUE INDEX settlement_hold_once ON settlement_settlement (hold_id) WHERE hold_id IS NOT NULL;
ALTER TABLE settlement_settlementline
    ADD CONSTRAINT line_of_its_funds_settlement FOREIGN KEY (fund_id, settlement_id)
        REFERENCES settlement_settlement (fund_id, id),
    ADD CONSTRAINT line_on_its_funds_budget FOREIGN KEY (fund_id, budget_line_id)
        REFERENCES settlement_budgetline (fund_id, id),
    ADD CONSTRAINT line_cites_its_funds_work FOREIGN KEY (fund_id, work_order_id)
        REFERENCES settlement_workorder (fund_id, id),
    ADD CONSTRAINT line_cites_one_kind CHECK (CASE WHEN basis = 'work_order' THEN period_month IS NULL
                                              ELSE work_order_id IS NULL END),
    ADD CONSTRAINT line_period_is_a_month CHECK (extract(day FROM period_month) = 1);
ALTER TABLE settlement_settlementmove ADD CONSTRAINT move_of_its_funds_settlement
    FOREIGN KEY (fund_id, settlement_id) REFERENCES settlement_settlement (fund_id, id);
ALTER TABLE settlement_paymentorder
    ADD CONSTRAINT order_in_its_funds_batch FOREIGN KEY (fund_id, batch_id)
        REFERENCES settlement_paymentbatch (fund_id, id),
    ADD CONSTRAINT order_of_its_funds_settlement FOREIGN KEY (fund_id, settlement_id)
        REFERENCES settlement_settlement (fund_id, id),
    ADD CONSTRAINT order_to_its_funds_payee FOREIGN KEY (fund_id, payee_account_id)
        REFERENCES settlement_payeeaccount (fund_id, id),
    ADD CONSTRAINT order_by_its_funds_bank_line FOREIGN KEY (fund_id, bank_line_id)
        REFERENCES custody_bankline (fund_id, id),
    ADD CONSTRAINT order_outcome_known CHECK (outcome IN ('pending', 'settled', 'failed', 'unknown'));

-- Only the yuan; identifiers as the bank's format allows them.
ALTER TABLE settlement_budgetline ADD CONSTRAINT budget_line_in_yuan CHECK (annual_amount_currency = 'CNY');
ALTER TABLE settlement_workorder ADD CONSTRAINT work_order_in_yuan CHECK (amount_currency = 'CNY');
ALTER TABLE settlement_settlement ADD CONSTRAINT settlement_in_yuan CHECK (total_currency = 'CNY');
ALTER TABLE settlement_settlementline ADD CONSTRAINT settlement_line_in_yuan CHECK (amount_currency = 'CNY');
ALTER TABLE settlement_paymentorder ADD CONSTRAINT payment_order_in_yuan CHECK (amount_currency = 'CNY'),
    ADD CONSTRAINT order_identifier_plain CHECK (end_to_end_id ~ '^[A-Za-z0-9-]{1,35}$');
ALTER TABLE settlement_paymentbatch
    ADD CONSTRAINT batch_identifier_plain CHECK (message_id ~ '^[A-Za-z0-9-]{1,35}$'),
    ADD CONSTRAINT batch_digest_is_of_its_content CHECK (content_sha256 = encode(sha256(content), 'hex')),
    ADD CONSTRAINT batch_kept_as_its_funds_document
        FOREIGN KEY (fund_id, document_id, content_sha256) REFERENCES custody_document (fund_id, id, sha256),
    ADD CONSTRAINT batch_in_yuan CHECK (total_currency = 'CNY'),
    ADD CONSTRAINT batch_has_orders CHECK (order_count > 0 AND total > 0),
    -- Once a batch names the account it pays from, that account's number, holder and bank stay.
    ADD CONSTRAINT batch_from_its_funds_account
        FOREIGN KEY (fund_id, debtor_account_id, debtor_number, debtor_holder, debtor_bank_name)
        REFERENCES custody_bankaccount (fund_id, id, number, holder, bank_name);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['settlement_budgetline', 'settlement_payeeaccount', 'settlement_workorder',
                                'settlement_assessment', 'settlement_settlementline', 'settlement_settlementmove',
                                'settlement_refusal', 'settlement_returntie']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['settlement_settlement', 'settlement_paymentbatch', 'settlement_paymentorder'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;
