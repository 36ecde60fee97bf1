-- After a database is restored to an earlier moment, nothing of the fund leaves until what left since is known again and
-- a person of the trust company has reopened it.

CREATE TABLE custody_restore (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id  integer NOT NULL CONSTRAINT restore_of_a_ledger REFERENCES custody_ledger_head (fund_id),
    sequence integer NOT NULL,
    chain    bytea NOT NULL,
    actor_id bigint NOT NULL CONSTRAINT restore_has_an_actor REFERENCES custody_operator (id),
    found_at timestamptz NOT NULL
);

CREATE TABLE custody_restore_reopened (
    restore_id  bigint CONSTRAINT restore_reopened_once PRIMARY KEY REFERENCES custody_restore (id),
    reason      text NOT NULL CONSTRAINT reopened_for_a_reason
                CHECK (btrim(reason) <> '' AND octet_length(reason) <= 1000),
    actor_id    bigint NOT NULL CONSTRAINT reopening_has_an_actor REFERENCES custody_operator (id),
    reopened_at timestamptz NOT NULL
);

-- Whether a restore of the fund waits to be reopened.
CREATE FUNCTION custody_restore_open(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_restore r
         WHERE r.fund_id = p_fund
           AND NOT EXISTS (SELECT FROM custody_restore_reopened o WHERE o.restore_id = r.id))
$$;

-- Who found it is permitted to; when, and where the journal stood, is the database's to say. One waits at a time.
CREATE FUNCTION custody_restore_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.found_at := custody_now();
    SELECT h.sequence, h.chain INTO NEW.sequence, NEW.chain FROM custody_ledger_head h WHERE h.fund_id = NEW.fund_id;
    IF NOT custody_permitted('adopt_after_restore', NEW.actor_id, NEW.fund_id, (NEW.found_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
        RAISE EXCEPTION 'operator % may not say that fund % was restored', NEW.actor_id, NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'restore_found_by_the_trust_company';
    ELSIF custody_restore_open(NEW.fund_id) THEN
        RAISE EXCEPTION 'a restore of fund % waits to be reopened', NEW.fund_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'restore_waits_alone';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER restore_found BEFORE INSERT ON custody_restore
    FOR EACH ROW EXECUTE FUNCTION custody_restore_found();

CREATE FUNCTION custody_restore_reopening() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reopened_at := custody_now();
    PERFORM FROM custody_restore r WHERE r.id = NEW.restore_id AND custody_permitted('reopen_after_restore', NEW.actor_id,
        r.fund_id, (NEW.reopened_at AT TIME ZONE 'Asia/Shanghai')::date);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'operator % may not reopen after restore %', NEW.actor_id, NEW.restore_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reopened_by_the_trust_company';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER restore_reopening BEFORE INSERT ON custody_restore_reopened
    FOR EACH ROW EXECUTE FUNCTION custody_restore_reopening();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_restore
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_restore_reopened
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- For any table whose row comes to be an order for money to leave.
CREATE FUNCTION custody_restore_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF custody_restore_open(NEW.fund_id) THEN
        RAISE EXCEPTION 'fund % was restored to an earlier moment and is not reopened yet', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nothing_leaves_before_reopening';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER placement_after_restore AFTER UPDATE ON custody_placement
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> 'released')
    EXECUTE FUNCTION custody_restore_guard();
