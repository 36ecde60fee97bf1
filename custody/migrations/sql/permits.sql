-- Who may do what, as data; whether somebody may, for guards; and refused attempts, which stay.

INSERT INTO custody_permit (act, organisation_kind, role)
SELECT act, kind, role
  FROM (VALUES
    -- What arrives: the trust company's desk, or its timer.
    ('onboard_estate',        'trustee',   '{maker,checker}'),
    ('import_bank_statement', 'trustee',   '{maker,checker,machine}'),
    ('import_channel_detail', 'trustee',   '{maker,checker,machine}'),
    ('import_public_revenue', 'trustee',   '{maker,checker,machine}'),
    ('reconsider_lines',      'trustee',   '{maker,checker,machine}'),
    ('accrue_fees',           'trustee',   '{maker,checker,machine}'),
    ('issue_statement',       'trustee',   '{maker,checker,keyholder,machine}'),
    -- Work is accepted and scored by those it was done for: never by the firm, never by the trust company.
    ('accept_work',           'committee', '{maker,checker,keyholder}'),
    -- An invoice is stated by the firm, or taken in for it by the trust company's desk.
    ('submit_invoice',        'provider',  '{clerk,maker,checker}'),
    ('submit_invoice',        'trustee',   '{maker,checker,keyholder}'),
    ('send_back_invoice',     'trustee',   '{maker,checker,keyholder}'),
    ('cancel_invoice',        'trustee',   '{maker,checker,keyholder}'),
    -- Keys.
    ('turn_first_key',        'committee', '{keyholder}'),
    ('turn_second_key',       'trustee',   '{keyholder}'),
    ('withdraw_key',          'committee', '{keyholder}'),
    ('withdraw_key',          'trustee',   '{keyholder}'),
    ('reject_invoice',        'committee', '{keyholder}'),
    ('reject_invoice',        'trustee',   '{keyholder}'),
    -- Payments and placements.
    ('instruct_payments',     'trustee',   '{maker,checker,keyholder}'),
    ('record_outcome',        'trustee',   '{maker,checker,keyholder}'),
    ('retry_payment',         'trustee',   '{maker,checker,keyholder}'),
    ('reconsider_payment',    'trustee',   '{maker,checker,keyholder}'),
    ('propose_payee',         'trustee',   '{maker,checker}'),
    ('order_placement',       'trustee',   '{maker,checker,keyholder}'),
    ('cancel_placement',      'trustee',   '{maker,checker,keyholder}'),
    ('cancel_placement',      'committee', '{keyholder}')
  ) AS permits (act, kind, roles), unnest(roles::text[]) AS role;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_permit
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody_refusedattempt
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

-- Whether this person may do this act for this fund on this day: the question of custody.permits, for guards.
CREATE FUNCTION custody_permitted(p_act text, p_operator bigint, p_fund bigint, p_on date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM custody_membership m
          JOIN custody_operator u ON u.id = m.operator_id AND u.is_active
          JOIN custody_organisation o ON o.id = m.organisation_id
          JOIN custody_permit t ON t.act = p_act AND t.organisation_kind = o.kind AND t.role = m.role
          JOIN custody_fundparty p ON p.organisation_id = o.id AND p.fund_id = p_fund
         WHERE m.operator_id = p_operator
           AND daterange(m.valid_from, m.valid_until) @> p_on AND daterange(p.valid_from, p.valid_until) @> p_on)
$$;

-- An attempt is dated by this clock, whatever the row says.
CREATE FUNCTION custody_attempt_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.attempted_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER attempt_dated BEFORE INSERT ON custody_refusedattempt
    FOR EACH ROW EXECUTE FUNCTION custody_attempt_dated();
