-- A settlement's history is a path through the legal moves, and what it states changes with a revision only.

INSERT INTO custody_state_move (machine, source, target) VALUES
    ('settlement', 'draft', 'submitted'), ('settlement', 'draft', 'cancelled'),
    ('settlement', 'submitted', 'verified'), ('settlement', 'submitted', 'returned'),
    ('settlement', 'submitted', 'cancelled'),
    ('settlement', 'returned', 'submitted'), ('settlement', 'returned', 'cancelled'),
    ('settlement', 'verified', 'approved'), ('settlement', 'verified', 'returned'),
    ('settlement', 'verified', 'rejected'), ('settlement', 'verified', 'cancelled'),
    ('settlement', 'approved', 'released'), ('settlement', 'approved', 'verified'),
    ('settlement', 'approved', 'rejected'),
    ('settlement', 'released', 'instructed'), ('settlement', 'released', 'approved'),
    ('settlement', 'released', 'verified'),
    ('settlement', 'instructed', 'paid'), ('settlement', 'instructed', 'failed'),
    ('settlement', 'instructed', 'unknown'),
    ('settlement', 'unknown', 'paid'), ('settlement', 'unknown', 'failed'),
    ('settlement', 'failed', 'released'), ('settlement', 'failed', 'verified'),
    ('settlement', 'failed', 'cancelled'),
    ('settlement', 'paid', 'reversed');

CREATE TRIGGER settlement_moves BEFORE INSERT OR UPDATE ON settlement_settlement
    FOR EACH ROW EXECUTE FUNCTION custody_state_guard('settlement', 'draft');

-- A step says in which transaction it was written, so a state cannot change without one.
ALTER TABLE settlement_settlementmove ADD COLUMN recorded_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION settlement_step_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_step bigint;
    v_target text;
BEGIN
    NEW.recorded_in := pg_current_xact_id();
    SELECT m.step, m.target INTO v_step, v_target FROM settlement_settlementmove m
     WHERE m.settlement_id = NEW.settlement_id ORDER BY m.step DESC LIMIT 1;
    IF NEW.step <> coalesce(v_step, 0) + 1 OR NEW.source <> coalesce(v_target, '')
       OR NOT (NEW.source = '' AND NEW.target = 'draft' OR EXISTS (
           SELECT FROM custody_state_move m
            WHERE m.machine = 'settlement' AND m.source = NEW.source AND m.target = NEW.target)) THEN
        RAISE EXCEPTION 'step % (% to %) does not continue settlement %',
            NEW.step, NEW.source, NEW.target, NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_history_is_a_path';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_guard BEFORE INSERT ON settlement_settlementmove
    FOR EACH ROW EXECUTE FUNCTION settlement_step_guard();

-- Judged at commit: every change of state has its step, and the last step is the state.
CREATE FUNCTION settlement_history_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_source text := '';
    v_found boolean;
BEGIN
    IF TG_TABLE_NAME = 'settlement_settlementmove' THEN
        SELECT s.state = (SELECT m.target FROM settlement_settlementmove m
                           WHERE m.settlement_id = s.id ORDER BY m.step DESC LIMIT 1)
          INTO v_found FROM settlement_settlement s WHERE s.id = NEW.settlement_id;
        IF v_found THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'the history of settlement % does not end at its state', NEW.settlement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_history_ends_at_its_state';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        v_source := OLD.state;
    END IF;
    PERFORM FROM settlement_settlementmove m
     WHERE m.settlement_id = NEW.id AND m.source = v_source AND m.target = NEW.state
       AND m.recorded_in = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % came to % without a step on record', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_move_is_recorded';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlement_born AFTER INSERT ON settlement_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_history_guard();
CREATE CONSTRAINT TRIGGER settlement_moved AFTER UPDATE ON settlement_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION settlement_history_guard();
CREATE CONSTRAINT TRIGGER settlement_stepped AFTER INSERT ON settlement_settlementmove
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_history_guard();

-- The invoice is the firm's to correct while it is a draft or returned, and nobody's afterwards.
CREATE FUNCTION settlement_facts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.fund_id <> OLD.fund_id OR NEW.number <> OLD.number
       OR (OLD.state NOT IN ('draft', 'returned') AND (
           NEW.provider_id, NEW.issued_on, NEW.total, NEW.total_currency, NEW.seller, NEW.buyer,
           NEW.payee_account_id, NEW.book, NEW.revision, NEW.duplicate_answer, NEW.source_file_id, NEW.submitted_by_id
       ) IS DISTINCT FROM (
           OLD.provider_id, OLD.issued_on, OLD.total, OLD.total_currency, OLD.seller, OLD.buyer,
           OLD.payee_account_id, OLD.book, OLD.revision, OLD.duplicate_answer, OLD.source_file_id, OLD.submitted_by_id)) THEN
        RAISE EXCEPTION 'settlement % is %: its facts stand', OLD.id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_facts_stand';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settlement_facts BEFORE UPDATE ON settlement_settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_facts_guard();

CREATE FUNCTION settlement_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM settlement_settlement s
     WHERE s.id = NEW.settlement_id AND s.state IN ('draft', 'returned') AND s.revision = NEW.revision FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'settlement % takes no lines for revision % now', NEW.settlement_id, NEW.revision
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_lines_stand';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER line_guard BEFORE INSERT ON settlement_settlementline
    FOR EACH ROW EXECUTE FUNCTION settlement_line_guard();
