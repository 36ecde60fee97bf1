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

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_state_move
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
