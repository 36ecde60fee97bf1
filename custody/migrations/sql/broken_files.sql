-- Bank files that name a fund's account while their chain of balances fails: each stops the fund until it is replaced.

CREATE TABLE custody_broken_file (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id   bigint NOT NULL CONSTRAINT broken_file_of_a_fund REFERENCES custody_fund (id),
    name      text NOT NULL CHECK (octet_length(name) <= 700),
    sha256    text NOT NULL CONSTRAINT broken_file_by_its_digest CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    first_on  date NOT NULL,
    last_on   date NOT NULL CONSTRAINT broken_file_spans_days CHECK (isfinite(first_on) AND last_on >= first_on),
    reason    text NOT NULL CHECK (octet_length(reason) BETWEEN 1 AND 2000),
    actor_id  bigint NOT NULL CONSTRAINT broken_file_has_an_actor REFERENCES custody_operator (id),
    seen_at   timestamptz NOT NULL,
    CONSTRAINT broken_file_noted_once UNIQUE (fund_id, sha256)
);

CREATE TABLE custody_broken_file_replaced (
    broken_id   bigint CONSTRAINT broken_file_replaced_once PRIMARY KEY REFERENCES custody_broken_file (id),
    document_id bigint NOT NULL CONSTRAINT replaced_by_a_kept_file REFERENCES custody_document (id),
    actor_id    bigint NOT NULL CONSTRAINT replacement_has_an_actor REFERENCES custody_operator (id),
    replaced_at timestamptz NOT NULL
);

-- Both are dated by the database's clock. What replaces is a kept bank file of the fund, and the bank's lines reach
-- as far as the broken file did.
CREATE FUNCTION custody_broken_file_dated() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.seen_at := custody_now();
    RETURN NEW;
END $$;
CREATE TRIGGER broken_file_dated BEFORE INSERT ON custody_broken_file
    FOR EACH ROW EXECUTE FUNCTION custody_broken_file_dated();

CREATE FUNCTION custody_replacement_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.replaced_at := custody_now();
    PERFORM FROM custody_broken_file f
      JOIN custody_document d ON d.id = NEW.document_id AND d.fund_id = f.fund_id AND d.kind = 'bank'
     WHERE f.id = NEW.broken_id
       AND EXISTS (SELECT FROM custody_bankline l WHERE l.fund_id = f.fund_id AND l.booked_on >= f.last_on);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'document % does not replace the broken file %', NEW.document_id, NEW.broken_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'broken_file_replaced_by_a_whole_one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER replacement_guard BEFORE INSERT ON custody_broken_file_replaced
    FOR EACH ROW EXECUTE FUNCTION custody_replacement_guard();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_broken_file
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_broken_file_replaced
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Whether a broken file of the fund waits for the one that replaces it.
CREATE FUNCTION custody_file_broken(p_fund bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_broken_file f
         WHERE f.fund_id = p_fund
           AND NOT EXISTS (SELECT FROM custody_broken_file_replaced r WHERE r.broken_id = f.id))
$$;
