-- The ledger: tables, guards, and the only functions that may write them.
--
-- Lines are signed (debit +, credit −), in yuan with two decimals. An entry belongs to one fund, carries
-- the fund's next gapless sequence and a SHA-256 chain: sha256(previous chain || content), content being (v1)
--   v1|fund|sequence|days since 2000-01-01|microseconds since 1970 UTC|actor|reversed sequence or -|line count|
--   account:amount, for each line in order|  then template, key, memo, source, each as byte length:text
-- so numbers cannot contain a separator and free text is counted: no two contents encode alike.
-- The application's role may read the tables and call the functions; it may not write the tables.
-- Frozen: changes come as a new numbered file.

CREATE TABLE custody_account_kind (
    code    text PRIMARY KEY CHECK (code ~ '^[a-z_]+$'),
    section text NOT NULL CHECK (section IN ('funds', 'corpus', 'income', 'spending', 'pending', 'accrual')),
    -- 1: debit balance, never below what is held; -1: credit balance, never overdrawn; 0: either way.
    guard   smallint NOT NULL CHECK (guard IN (-1, 0, 1))
);

INSERT INTO custody_account_kind (code, section, guard) VALUES
    ('cash', 'funds', 1), ('placement', 'funds', 1), ('in_transit', 'funds', 1),
    ('corpus', 'corpus', 0), ('book_transfer', 'corpus', 0),
    ('property_fee', 'income', 0), ('parking', 'income', 0), ('advertising', 'income', 0),
    ('grant', 'income', 0), ('interest', 'income', 0), ('placement_income', 'income', 0),
    ('budget_spending', 'spending', 0), ('channel_fee', 'spending', 0), ('bank_charge', 'spending', 0),
    ('suspense', 'pending', -1), ('unexplained', 'pending', 1),
    ('trustee_fee', 'accrual', 0), ('trustee_fee_payable', 'accrual', -1),
    ('custody_fee', 'accrual', 0), ('custody_fee_payable', 'accrual', -1),
    ('performance_fee', 'accrual', 0), ('performance_withheld', 'accrual', -1),
    ('performance_payable', 'accrual', -1);

-- One row a fund: where its sequence and chain stand, and up to which day its periods are closed.
CREATE TABLE custody_ledger_head (
    fund_id        bigint PRIMARY KEY REFERENCES custody_fund (id),
    sequence       bigint NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    chain          bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(chain) = 32),
    closed_through date CHECK (closed_through < DATE '2200-01-01')
) WITH (fillfactor = 50);

CREATE TABLE custody_account (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    book    text NOT NULL CHECK (book IN ('operating', 'maintenance')),
    kind    text NOT NULL REFERENCES custody_account_kind (code),
    code    text NOT NULL DEFAULT '' CHECK (octet_length(code) <= 40),
    UNIQUE (fund_id, id),
    UNIQUE (fund_id, book, kind, code)
);

-- available = posted − held. The check is the law "never short", held at write time under the row's lock.
CREATE TABLE custody_balance (
    account_id bigint PRIMARY KEY,
    fund_id    bigint NOT NULL,
    guard      smallint NOT NULL,
    posted     numeric(18, 2) NOT NULL DEFAULT 0,
    held       numeric(18, 2) NOT NULL DEFAULT 0 CHECK (held >= 0),
    CONSTRAINT balance_is_a_number CHECK (posted <> 'NaN' AND held <> 'NaN'),
    CONSTRAINT balance_of_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id),
    CONSTRAINT balance_never_short CHECK (guard = 0 OR guard * posted - held >= 0)
) WITH (fillfactor = 50);

CREATE TABLE custody_entry (
    fund_id      bigint NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 0),
    template     text NOT NULL CHECK (octet_length(template) BETWEEN 1 AND 40),
    effective_on date NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor_id     bigint NOT NULL,
    key          text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 200),
    memo         text NOT NULL CHECK (octet_length(memo) <= 1000),
    source       text NOT NULL CHECK (octet_length(source) <= 100),
    reverses     bigint,
    line_count   smallint NOT NULL CONSTRAINT entry_has_two_lines CHECK (line_count >= 2),
    hash_version smallint NOT NULL DEFAULT 1,
    chain        bytea NOT NULL CHECK (octet_length(chain) = 32),
    CONSTRAINT entry_dated_within_reason CHECK (
        effective_on >= DATE '2000-01-01' AND effective_on < DATE '2200-01-01'
        AND recorded_at >= TIMESTAMPTZ '2000-01-01Z' AND recorded_at < TIMESTAMPTZ '2200-01-01Z'),
    PRIMARY KEY (fund_id, sequence),
    CONSTRAINT entry_key_once UNIQUE (fund_id, key),
    CONSTRAINT entry_reverses_its_fund FOREIGN KEY (fund_id, reverses) REFERENCES custody_entry (fund_id, sequence)
);
CREATE UNIQUE INDEX entry_reversed_once ON custody_entry (fund_id, reverses) WHERE reverses IS NOT NULL;

CREATE TABLE custody_line (
    fund_id      bigint NOT NULL,
    sequence     bigint NOT NULL,
    line_no      smallint NOT NULL CHECK (line_no > 0),
    account_id   bigint NOT NULL,
    effective_on date NOT NULL,
    amount       numeric(18, 2) NOT NULL CONSTRAINT line_amount_not_zero CHECK (amount <> 0 AND amount <> 'NaN'),
    PRIMARY KEY (fund_id, sequence, line_no),
    CONSTRAINT line_of_its_entry FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence),
    CONSTRAINT line_of_its_fund FOREIGN KEY (fund_id, account_id) REFERENCES custody_account (fund_id, id)
);
CREATE INDEX line_history ON custody_line (account_id, effective_on, sequence) INCLUDE (amount);

CREATE TABLE custody_hold (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id    bigint NOT NULL,
    account_id bigint NOT NULL,
    amount     numeric(18, 2) NOT NULL CONSTRAINT hold_amount_positive CHECK (amount > 0 AND amount <> 'NaN'),
    key        text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 200),
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
    fund_id  bigint NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('settled', 'released')),
    sequence bigint,
    actor_id bigint NOT NULL CONSTRAINT ending_has_an_actor REFERENCES custody_operator (id),
    ended_at timestamptz NOT NULL CHECK (isfinite(ended_at)),
    CONSTRAINT outcome_of_its_funds_hold FOREIGN KEY (fund_id, hold_id) REFERENCES custody_hold (fund_id, id),
    CONSTRAINT outcome_entry_of_its_fund FOREIGN KEY (fund_id, sequence) REFERENCES custody_entry (fund_id, sequence),
    CONSTRAINT settled_by_an_entry CHECK ((outcome = 'settled') = (sequence IS NOT NULL))
);

-- Chain heads that left the house (printed on statements): removing the tail of a journal shows against them.
CREATE TABLE custody_anchor (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id     bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    sequence    bigint NOT NULL,
    chain       bytea NOT NULL,
    purpose     text NOT NULL CHECK (octet_length(purpose) <= 200),
    anchored_at timestamptz NOT NULL CHECK (isfinite(anchored_at))
);

CREATE TABLE custody_period_close (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fund_id        bigint NOT NULL REFERENCES custody_ledger_head (fund_id),
    closed_through date NOT NULL CHECK (isfinite(closed_through)),
    actor_id       bigint NOT NULL CONSTRAINT closing_has_an_actor REFERENCES custody_operator (id),
    closed_at      timestamptz NOT NULL CHECK (isfinite(closed_at))
);
