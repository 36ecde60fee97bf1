-- A placement is what was ordered, is held for while it waits, and moves on two keys and the bank's evidence alone.

INSERT INTO custody_state_move (machine, source, target) VALUES
    ('placement', 'ordered', 'approved'), ('placement', 'ordered', 'cancelled'),
    ('placement', 'approved', 'released'), ('placement', 'approved', 'cancelled'),
    ('placement', 'released', 'placed'), ('placement', 'released', 'cancelled'),
    ('placement', 'placed', 'returned');

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

ALTER TABLE custody_placement
    ADD CONSTRAINT placement_in_yuan CHECK (principal_currency = 'CNY' AND coalesce(income_currency, 'CNY') = 'CNY'),
    ADD CONSTRAINT placement_rate_in_range CHECK (annual_rate BETWEEN 0 AND 1),
    ADD CONSTRAINT placement_income_not_negative CHECK (income >= 0),
    ADD CONSTRAINT placement_promised_is_held CHECK (
        state NOT IN ('approved', 'released', 'placed', 'returned') OR hold_id IS NOT NULL),
    ADD CONSTRAINT placement_out_has_a_line CHECK ((state IN ('placed', 'returned')) = (placed_line_id IS NOT NULL)),
    ADD CONSTRAINT placement_back_has_a_line CHECK (
        (state = 'returned') = (returned_line_id IS NOT NULL) AND (state = 'returned') = (income IS NOT NULL));

-- What was ordered stays as ordered; the rate may be filled in until the first key is turned.
CREATE FUNCTION custody_placement_facts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.fund_id, NEW.book, NEW.product, NEW.principal, NEW.principal_currency, NEW.ordered_on, NEW.ordered_by_id)
       IS DISTINCT FROM
       (OLD.fund_id, OLD.book, OLD.product, OLD.principal, OLD.principal_currency, OLD.ordered_on, OLD.ordered_by_id)
       OR (NEW.annual_rate IS DISTINCT FROM OLD.annual_rate AND OLD.state <> 'ordered') THEN
        RAISE EXCEPTION 'placement % stays as it was ordered', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_stays_as_ordered';
    ELSIF (OLD.hold_id IS NOT NULL AND NEW.hold_id IS DISTINCT FROM OLD.hold_id)
       OR (OLD.placed_line_id IS NOT NULL AND NEW.placed_line_id IS DISTINCT FROM OLD.placed_line_id)
       OR (OLD.returned_line_id IS NOT NULL
           AND (NEW.returned_line_id, NEW.income) IS DISTINCT FROM (OLD.returned_line_id, OLD.income)) THEN
        RAISE EXCEPTION 'the evidence of placement % does not change', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_evidence_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER placement_facts BEFORE UPDATE ON custody_placement
    FOR EACH ROW EXECUTE FUNCTION custody_placement_facts_guard();

-- The hold is this fund's, on cash of this book, for the principal; the bank's lines carry exactly the money.
CREATE FUNCTION custody_placement_evidence_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.hold_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM custody_hold h JOIN custody_account a ON a.id = h.account_id
         WHERE h.id = NEW.hold_id AND h.fund_id = NEW.fund_id AND h.amount = NEW.principal
           AND a.book = NEW.book AND a.kind = 'cash') THEN
        RAISE EXCEPTION 'placement % is not what hold % is for', NEW.id, NEW.hold_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_held_in_full';
    ELSIF NEW.placed_line_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM custody_bankline l WHERE l.id = NEW.placed_line_id AND l.amount = -NEW.principal) THEN
        RAISE EXCEPTION 'bank line % is not the principal of placement % leaving', NEW.placed_line_id, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_leaves_in_full';
    ELSIF NEW.returned_line_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM custody_bankline l
         WHERE l.id = NEW.returned_line_id AND l.amount = NEW.principal + NEW.income) THEN
        RAISE EXCEPTION 'bank line % is not principal and income of placement %', NEW.returned_line_id, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'placement_returns_in_full';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER placement_evidence AFTER INSERT OR UPDATE ON custody_placement
    FOR EACH ROW EXECUTE FUNCTION custody_placement_evidence_guard();
