-- The ledger: tables, guards, and the only functions that may write them.
--
-- Lines are signed (debit +, credit −), in yuan with two decimals. An entry belongs to one fund, carries
-- the fund's next gapless sequence and a SHA-256 chain: sha256(previous chain || content); docs/hash-chain.md says
-- what content (v2) is: every reference by what it is, never by a row's number, each text behind its length.
-- The application's role may read the tables and call the functions; it may not write the tables.
-- Numbers of funds, entries and accounts are integers: two thousand million of each are enough for the log to be small.

-- A text behind its length in octets: whatever it holds, where it ends is known.
CREATE FUNCTION custody_counted(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT octet_length(p_text)::text || ':' || p_text
$$;

CREATE TABLE custody_account_kind (
    code    text PRIMARY KEY CHECK (code ~ '^[a-z_]+$'),
    section text NOT NULL CHECK (section IN ('funds', 'corpus', 'income', 'spending', 'pending', 'accrual')),
    -- 1: debit balance, never below what is held; -1: credit balance, never overdrawn; 0: either way.
    -- 2: as 1, and moved by explanations on two keys alone (explanations.sql).
    guard   smallint NOT NULL CHECK (guard IN (-1, 0, 1, 2))
);

INSERT INTO custody_account_kind (code, section, guard) VALUES
    ('cash', 'funds', 1), ('placement', 'funds', 1), ('in_transit', 'funds', 1),
    ('corpus', 'corpus', 0), ('book_transfer', 'corpus', 0),
    ('property_fee', 'income', 0), ('parking', 'income', 0), ('advertising', 'income', 0),
    ('grant', 'income', 0), ('other_income', 'income', 0), ('interest', 'income', 0), ('placement_income', 'income', 0),
    ('refund', 'income', 2), ('interest_tax', 'spending', 2), ('interest_charged', 'spending', 2), ('judicial', 'spending', 2),
    ('budget_spending', 'spending', 0), ('channel_fee', 'spending', 0), ('bank_charge', 'spending', 0),
    ('suspense', 'pending', -1), ('unexplained', 'pending', 1), ('recoverable', 'pending', 2),
    ('trustee_fee', 'accrual', 0), ('trustee_fee_payable', 'accrual', -1),
    ('custody_fee', 'accrual', 0), ('custody_fee_payable', 'accrual', -1),
    ('performance_fee', 'accrual', 0), ('performance_withheld', 'accrual', -1),
    ('performance_payable', 'accrual', -1);

-- What a head and a balance may hold, column by column. A domain is asked only when its column is given a value, and
-- its question is kept ready; a CHECK is read, prepared and asked for every row that changes in any column.
CREATE DOMAIN custody_sequence AS integer CONSTRAINT custody_ledger_head_sequence_check CHECK (VALUE >= 0);
CREATE DOMAIN custody_closed_through AS date
    CONSTRAINT custody_ledger_head_closed_through_check CHECK (VALUE < DATE '2200-01-01');
CREATE DOMAIN custody_digest AS bytea CONSTRAINT custody_ledger_head_chain_check CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN custody_posted AS numeric(18, 2) CONSTRAINT balance_is_a_number CHECK (VALUE <> 'NaN');
CREATE DOMAIN custody_held AS numeric(18, 2) CONSTRAINT balance_is_a_number CHECK (VALUE <> 'NaN')
    CONSTRAINT custody_balance_held_check CHECK (VALUE >= 0);

-- One row a fund: where its sequence and chain stand and when that was, and up to which day its periods are closed.
ALTER TABLE custody_fund ADD CONSTRAINT fund_by_its_code UNIQUE (id, code);
CREATE TABLE custody_ledger_head (
    fund_id        integer PRIMARY KEY,
    sequence       custody_sequence NOT NULL DEFAULT 0,
    closed_through custody_closed_through,
    recorded_at    timestamptz,
    chain          custody_digest NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    fund_code      varchar(32) NOT NULL,
    CONSTRAINT head_of_its_fund FOREIGN KEY (fund_id, fund_code) REFERENCES custody_fund (id, code)
) WITH (fillfactor = 50);

CREATE TABLE custody_account (
    id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id integer NOT NULL REFERENCES custody_ledger_head (fund_id),
    book    text NOT NULL CHECK (book IN ('operating', 'maintenance')),
    kind    text NOT NULL REFERENCES custody_account_kind (code),
    code    text NOT NULL DEFAULT '' CHECK (octet_length(code) <= 40),
    -- As the chain names it: book:kind:code, counted.
    name    text COLLATE "C" GENERATED ALWAYS AS (custody_counted(book || ':' || kind || ':' || code)) STORED,
    UNIQUE (fund_id, id),
    UNIQUE (fund_id, book, kind, code)
);

-- available = posted − held. That nothing of ours lessens it below zero is held by a trigger (never_short.sql).
CREATE TABLE custody_balance (
    account_id integer PRIMARY KEY,
    fund_id    integer NOT NULL,
    guard      smallint NOT NULL,
    posted     custody_posted NOT NULL DEFAULT 0,
    held       custody_held NOT NULL DEFAULT 0,
    CONSTRAINT balance_of_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id)
) WITH (fillfactor = 50);

-- What an entry must be is judged on all rows of a statement by the guards (ledger_guards.sql), which no role and no
-- replication mode goes past; a CHECK would be read and prepared anew for every entry posted singly.
CREATE TABLE custody_entry (
    fund_id      integer NOT NULL,
    sequence     integer NOT NULL,
    effective_on date NOT NULL,
    actor_id     integer NOT NULL,
    recorded_at  timestamptz NOT NULL,
    reverses     integer,
    line_count   smallint NOT NULL,
    hash_version smallint NOT NULL DEFAULT 2,
    chain        bytea NOT NULL,
    template     text NOT NULL,
    key          text COLLATE "C" NOT NULL,
    memo         text NOT NULL,
    source       text COLLATE "C" NOT NULL,
    PRIMARY KEY (fund_id, sequence),
    CONSTRAINT entry_key_once UNIQUE (fund_id, key)
);
CREATE UNIQUE INDEX entry_reversed_once ON custody_entry (fund_id, reverses) WHERE reverses IS NOT NULL;

CREATE TABLE custody_line (
    fund_id      integer NOT NULL,
    sequence     integer NOT NULL,
    account_id   integer NOT NULL,
    effective_on date NOT NULL,
    line_no      smallint NOT NULL,
    amount       numeric(18, 2) NOT NULL,
    PRIMARY KEY (fund_id, sequence, line_no)
);
CREATE INDEX line_history ON custody_line (account_id, effective_on, sequence) INCLUDE (amount);

COMMENT ON TABLE custody_line IS
$$No foreign key ties a line to its entry and its account: the trigger line_guard does, for all lines of a statement at
once, and that is as strong. An entry and an account never go away and never change (append_only refuses UPDATE, DELETE
and TRUNCATE, for the owner too), so a reference that holds when its line arrives holds for good, and the arrival of
lines is the only moment to judge. Nobody arrives unseen: INSERT, MERGE and COPY fire the trigger with every row, and
ENABLE ALWAYS keeps it awake where session_replication_role would put a foreign key to sleep. What it reads is true:
the function is VOLATILE, so each question sees what is committed and its own transaction, never another's unfinished
work; under REPEATABLE READ it may miss a parent committed meanwhile and then refuses, which is the safe side. A key
lock on the parent would only forbid a deletion that nothing permits. The one loss: a dump being restored is not judged
again, so verify_ledger is run after a restore.$$;
COMMENT ON TABLE custody_entry IS
$$Who recorded it (actor_id) and what it reverses are judged by the trigger entry_guard, not by foreign keys, for the
reason told at custody_line: people and entries are never deleted.$$;

CREATE TABLE custody_hold (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id    integer NOT NULL,
    account_id integer NOT NULL,
    amount     numeric(18, 2) NOT NULL CONSTRAINT hold_amount_positive CHECK (amount > 0 AND amount <> 'NaN'),
    key        text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 700),
    reason     text NOT NULL CHECK (octet_length(reason) <= 300),
    actor_id   bigint NOT NULL CONSTRAINT hold_has_an_actor REFERENCES custody_operator (id),
    placed_at  timestamptz NOT NULL CHECK (isfinite(placed_at)),
    UNIQUE (fund_id, key),
    UNIQUE (fund_id, id),
    CONSTRAINT hold_on_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id)
);

-- A hold ends once: settled by an entry, or released without one.
CREATE TABLE custody_hold_outcome (
    hold_id  bigint CONSTRAINT hold_ends_once PRIMARY KEY,
    fund_id  integer NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('settled', 'released')),
    sequence integer,
    actor_id bigint NOT NULL CONSTRAINT ending_has_an_actor REFERENCES custody_operator (id),
    ended_at timestamptz NOT NULL CHECK (isfinite(ended_at)),
    CONSTRAINT outcome_of_its_funds_hold FOREIGN KEY (fund_id, hold_id) REFERENCES custody_hold (fund_id, id),
    CONSTRAINT outcome_entry_of_its_fund FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence),
    CONSTRAINT settled_by_an_entry CHECK ((outcome = 'settled') = (sequence IS NOT NULL))
);

-- Chain heads that left the house (printed on statements): removing the tail of a journal shows against them.
CREATE TABLE custody_anchor (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id     integer NOT NULL REFERENCES custody_ledger_head (fund_id),
    sequence    integer NOT NULL,
    chain       bytea NOT NULL,
    purpose     text NOT NULL CHECK (octet_length(purpose) <= 200),
    anchored_at timestamptz NOT NULL CHECK (isfinite(anchored_at))
);
CREATE INDEX anchor_of_fund ON custody_anchor (fund_id, id);

CREATE TABLE custody_period_close (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id        integer NOT NULL REFERENCES custody_ledger_head (fund_id),
    closed_through date NOT NULL CHECK (isfinite(closed_through)),
    proposal_id    bigint NOT NULL,
    actor_id       bigint NOT NULL CONSTRAINT closing_has_an_actor REFERENCES custody_operator (id),
    closed_at      timestamptz NOT NULL CHECK (isfinite(closed_at))
);
