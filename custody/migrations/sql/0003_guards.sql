-- Guards around the ledger: memberships, deed terms, evidence, the two keys, legal moves, and what the
-- application's role may touch. Frozen: changes come as a new numbered file.

-- A person belongs to exactly one organisation at a time (the range trick needs no extension).
ALTER TABLE custody_membership ADD CONSTRAINT membership_one_at_a_time EXCLUDE USING gist (
    int8range(operator_id, operator_id, '[]') WITH &&,
    daterange(valid_from, valid_until) WITH &&);

-- Facts never change: deed terms, resolutions, files, bank lines, explanations, keys and withdrawals.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['custody_deedterm', 'custody_resolution', 'custody_sourcefile', 'custody_bankline',
                                'custody_lineexplanation', 'custody_approval', 'custody_approvalwithdrawal'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only()', name);
    END LOOP;
END $$;

-- An organisation is what it is, and a membership or a part in a deed can only be ended, once.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_organisation
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION custody_only_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_until IS NOT NULL OR to_jsonb(NEW) - 'valid_until' <> to_jsonb(OLD) - 'valid_until' THEN
        RAISE EXCEPTION '% may only be ended, once', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'only_ended';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER only_ended BEFORE UPDATE ON custody_membership
    FOR EACH ROW EXECUTE FUNCTION custody_only_ended();
CREATE TRIGGER only_ended BEFORE UPDATE ON custody_fundparty
    FOR EACH ROW EXECUTE FUNCTION custody_only_ended();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON custody_membership
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON custody_fundparty
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Evidence stays with its fund: every row that names a fund and a row of another table agree on the fund.
ALTER TABLE custody_bankaccount ADD CONSTRAINT bank_account_of_fund UNIQUE (fund_id, id);
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

-- ------------------------------------------------------------------------------------------ two keys

-- Who turned a key must, on that day, be a keyholder of that organisation; the organisation must be a party to the
-- fund's deed of the kind the key asks for; and no person or organisation supplies both keys.
CREATE FUNCTION custody_approval_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_kind text;
    v_on date := (NEW.given_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    SELECT o.kind INTO v_kind
      FROM custody_membership m
      JOIN custody_organisation o ON o.id = m.organisation_id
      JOIN custody_fundparty p ON p.organisation_id = o.id AND p.fund_id = NEW.fund_id
      JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
     WHERE m.operator_id = NEW.operator_id AND m.organisation_id = NEW.organisation_id AND m.role = 'keyholder'
       AND daterange(m.valid_from, m.valid_until) @> v_on
       AND daterange(p.valid_from, p.valid_until) @> v_on;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % holds no key for organisation %, or it is no party to fund %',
            NEW.operator_id, NEW.organisation_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_by_a_party_to_the_deed';
    ELSIF v_kind IS DISTINCT FROM
          (CASE NEW.key WHEN 'approve' THEN 'committee' WHEN 'release' THEN 'trustee' END) THEN
        RAISE EXCEPTION 'the % key is not held by a %', NEW.key, v_kind
            USING ERRCODE = 'check_violation', CONSTRAINT = 'key_held_by_its_organisation';
    END IF;
    -- Serialise keys on one subject, then look for the same hand behind both.
    PERFORM pg_advisory_xact_lock(hashtext('approval:' || NEW.subject_kind), (NEW.subject_id % 2147483647)::int);
    PERFORM FROM custody_approval a
      LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = a.id
     WHERE a.subject_kind = NEW.subject_kind AND a.subject_id = NEW.subject_id AND w.id IS NULL
       AND a.content_sha256 = NEW.content_sha256 AND a.key <> NEW.key
       AND (a.operator_id = NEW.operator_id OR a.organisation_id = NEW.organisation_id);
    IF FOUND THEN
        RAISE EXCEPTION 'both keys of % % would be in one hand', NEW.subject_kind, NEW.subject_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'keys_in_two_hands';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER approval_guard BEFORE INSERT ON custody_approval
    FOR EACH ROW EXECUTE FUNCTION custody_approval_guard();

-- A key is taken back by the trust company's or the committee's people of that fund, with a reason.
CREATE FUNCTION custody_withdrawal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_on date := (NEW.withdrawn_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF btrim(NEW.reason) = '' THEN
        RAISE EXCEPTION 'a key is taken back with a reason'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_says_why';
    END IF;
    PERFORM FROM custody_approval a
      JOIN custody_fundparty p ON p.fund_id = a.fund_id AND daterange(p.valid_from, p.valid_until) @> v_on
      JOIN custody_organisation o ON o.id = p.organisation_id AND o.kind IN ('committee', 'trustee')
      JOIN custody_membership m ON m.organisation_id = o.id AND m.operator_id = NEW.operator_id
           AND daterange(m.valid_from, m.valid_until) @> v_on
     WHERE a.id = NEW.approval_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % acts for no keyholding party to the deed', NEW.operator_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'withdrawal_by_a_party_to_the_deed';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER withdrawal_guard BEFORE INSERT ON custody_approvalwithdrawal
    FOR EACH ROW EXECUTE FUNCTION custody_withdrawal_guard();

-- True when this key stands, unwithdrawn, on exactly this content.
CREATE FUNCTION custody_key_turned(p_fund bigint, p_kind text, p_subject bigint, p_key text, p_content text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_approval a
          LEFT JOIN custody_approvalwithdrawal w ON w.approval_id = a.id
         WHERE a.fund_id = p_fund AND a.subject_kind = p_kind AND a.subject_id = p_subject AND a.key = p_key
           AND a.content_sha256 = p_content AND w.id IS NULL)
$$;

-- True when two different people of two different organisations turned the two keys on this content.
CREATE FUNCTION custody_both_keys_turned(p_fund bigint, p_kind text, p_subject bigint, p_content text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_approval a
          JOIN custody_approval b ON b.fund_id = a.fund_id AND b.subject_kind = a.subject_kind AND b.subject_id = a.subject_id
               AND b.content_sha256 = a.content_sha256 AND b.key = 'release'
               AND b.operator_id <> a.operator_id AND b.organisation_id <> a.organisation_id
          LEFT JOIN custody_approvalwithdrawal wa ON wa.approval_id = a.id
          LEFT JOIN custody_approvalwithdrawal wb ON wb.approval_id = b.id
         WHERE a.fund_id = p_fund AND a.subject_kind = p_kind AND a.subject_id = p_subject AND a.key = 'approve'
           AND a.content_sha256 = p_content AND wa.id IS NULL AND wb.id IS NULL)
$$;

-- ---------------------------------------------------------------------------------------- legal moves

-- Every state machine's moves, once more, for whoever updates a row without Python.
CREATE TABLE custody_state_move (
    machine text NOT NULL,
    source  text NOT NULL,
    target  text NOT NULL,
    PRIMARY KEY (machine, source, target)
);

-- Arguments: the machine's name, its initial state.
CREATE FUNCTION custody_state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IS DISTINCT FROM TG_ARGV[1] THEN
            RAISE EXCEPTION '% begins as %, not %', TG_ARGV[0], TG_ARGV[1], NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'state_begins_at_the_start';
        END IF;
    ELSIF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (
        SELECT FROM custody_state_move m
         WHERE m.machine = TG_ARGV[0] AND m.source = OLD.state AND m.target = NEW.state) THEN
        RAISE EXCEPTION '% may not move from % to %', TG_ARGV[0], OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'state_move_is_legal';
    END IF;
    RETURN NEW;
END $$;

INSERT INTO custody_state_move (machine, source, target) VALUES
    ('placement', 'ordered', 'approved'), ('placement', 'ordered', 'cancelled'),
    ('placement', 'approved', 'released'), ('placement', 'approved', 'cancelled'),
    ('placement', 'released', 'placed'), ('placement', 'released', 'cancelled'),
    ('placement', 'placed', 'returned');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_state_move
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE TRIGGER placement_moves BEFORE INSERT OR UPDATE ON custody_placement
    FOR EACH ROW EXECUTE FUNCTION custody_state_guard('placement', 'ordered');

-- What both keys of a placement are bound to.
CREATE FUNCTION custody_placement_content(p_placement bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('placement-1', p.fund_id, p.id, p.book, p.product,
               p.principal, p.principal_currency, p.annual_rate, p.ordered_on)::text, 'UTF8')), 'hex')
      FROM custody_placement p WHERE p.id = p_placement
$$;

CREATE FUNCTION custody_placement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NULL;
    ELSIF NEW.state = 'approved'
          AND NOT custody_key_turned(NEW.fund_id, 'placement', NEW.id, 'approve', custody_placement_content(NEW.id)) THEN
        RAISE EXCEPTION 'placement % lacks the committee''s key on this content', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_needs_its_first_key';
    ELSIF NEW.state IN ('released', 'placed')
          AND NOT custody_both_keys_turned(NEW.fund_id, 'placement', NEW.id, custody_placement_content(NEW.id)) THEN
        RAISE EXCEPTION 'placement % lacks two keys on this content', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_needs_two_keys';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER placement_keys AFTER UPDATE ON custody_placement
    FOR EACH ROW EXECUTE FUNCTION custody_placement_guard();

-- ------------------------------------------------------------------------------------------- search paths

-- Every guard reads the real tables, never a caller's temporary ones. Later migrations call this again.
CREATE PROCEDURE custody_pin_search_paths() LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    f regprocedure;
BEGIN
    FOR f IN SELECT p.oid FROM pg_proc p
              WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(custody|settlement|ledger)_'
                AND NOT EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%')
    LOOP
        EXECUTE format('ALTER ROUTINE %s SET search_path = public, pg_temp', f);
    END LOOP;
END $$;
CALL custody_pin_search_paths();

-- --------------------------------------------------------------------------------------- application role

-- The application may read everything, add rows and move states; it may not delete, truncate or alter, and
-- it may write the journal through its functions only. Later tables inherit the same default.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trust_app') THEN
        BEGIN
            CREATE ROLE trust_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server created it this very moment
        END;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO trust_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO trust_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO trust_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO trust_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO trust_app;
REVOKE INSERT, UPDATE ON custody_account_kind, custody_ledger_head, custody_account, custody_balance,
    custody_entry, custody_line, custody_hold, custody_hold_outcome, custody_anchor, custody_period_close,
    custody_state_move FROM trust_app;
REVOKE UPDATE ON custody_deedterm, custody_resolution, custody_sourcefile, custody_bankline,
    custody_lineexplanation, custody_approval, custody_approvalwithdrawal, custody_organisation,
    custody_membership, custody_fundparty FROM trust_app;
GRANT UPDATE (valid_until) ON custody_membership, custody_fundparty TO trust_app;
REVOKE EXECUTE ON FUNCTION ledger_open_fund, ledger_open_account, ledger_post, ledger_hold, ledger_release_hold,
    ledger_anchor, ledger_close_period FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_open_fund, ledger_open_account, ledger_post, ledger_hold, ledger_release_hold,
    ledger_anchor, ledger_close_period TO trust_app;
