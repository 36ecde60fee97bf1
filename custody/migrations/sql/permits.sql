-- Who may do what, as data; whether somebody may, for guards; and refused attempts, which stay.

INSERT INTO custody_permit (act, organisation_kind, role)
SELECT act, kind, role
  FROM (VALUES
    -- What arrives: the trust company's desk, or its timer.
    ('onboard_estate',        'trustee',   '{maker,checker}'),
    ('propose_amendment',     'trustee',   '{maker,checker}'),
    ('import_bank_statement', 'trustee',   '{maker,checker,machine}'),
    ('import_channel_detail', 'trustee',   '{maker,checker,machine}'),
    ('import_public_revenue', 'trustee',   '{maker,checker,machine}'),
    ('reconsider_lines',      'trustee',   '{maker,checker,machine}'),
    ('explain_break',         'trustee',   '{maker,checker,keyholder}'),
    ('identify_receipt',      'trustee',   '{maker,checker,keyholder}'),
    ('propose_payback',        'trustee',   '{maker,checker}'),
    ('cancel_payback',         'trustee',   '{maker,checker,keyholder}'),
    ('cancel_payback',         'committee', '{keyholder}'),
    ('note_line',             'trustee',   '{maker,checker,keyholder}'),
    ('enrol_person',          'trustee',   '{maker,checker,keyholder}'),
    ('prepare_day',           'trustee',   '{maker,checker,keyholder}'),
    ('close_period',          'trustee',   '{maker,checker,keyholder}'),
    ('reopen_period',         'trustee',   '{maker,checker,keyholder}'),
    ('accrue_fees',           'trustee',   '{maker,checker,machine}'),
    ('issue_statement',       'trustee',   '{maker,checker,keyholder,machine}'),
    -- A supervisor asks for any days' statement and has it made then and there, on the same record.
    ('issue_statement',       'regulator', '{maker,checker}'),
    -- What owners are shown: published by the desk; held back on its proposal, by two keys.
    ('publish_accounts',      'trustee',   '{maker,checker,machine}'),
    ('withhold',              'trustee',   '{maker,checker,keyholder}'),
    -- Work is accepted and scored by those it was done for: never by the firm, never by the trust company.
    -- Its program may hand in what it accepted: two keys seated that program.
    ('accept_work',           'committee', '{maker,checker,keyholder,machine}'),
    -- An invoice is stated by the firm, or taken in for it by the trust company's desk.
    ('submit_invoice',        'provider',  '{clerk,maker,checker,machine}'),
    ('submit_invoice',        'trustee',   '{maker,checker,keyholder}'),
    ('send_back_invoice',     'trustee',   '{maker,checker,keyholder,machine}'),
    ('cancel_invoice',        'trustee',   '{maker,checker,keyholder}'),
    -- Keys.
    ('turn_first_key',        'committee', '{keyholder}'),
    ('turn_second_key',       'trustee',   '{keyholder}'),
    ('withdraw_key',          'committee', '{keyholder}'),
    ('withdraw_key',          'trustee',   '{keyholder}'),
    ('enrol_key',             'committee', '{keyholder}'),
    ('enrol_key',             'trustee',   '{maker,checker,keyholder}'),
    ('enrol_key',             'protector', '{keyholder}'),
    ('revoke_key',            'committee', '{maker,checker,keyholder}'),
    ('revoke_key',            'trustee',   '{maker,checker,keyholder}'),
    ('revoke_key',            'protector', '{keyholder}'),
    ('reject_invoice',        'committee', '{keyholder}'),
    ('reject_invoice',        'trustee',   '{keyholder}'),
    -- The protector has a payment wait, and asks; who pays and who is paid answer.
    ('place_stay',            'protector', '{maker,checker,keyholder}'),
    ('lift_stay',             'protector', '{maker,checker,keyholder}'),
    ('ask_question',          'protector', '{maker,checker,keyholder}'),
    ('answer_question',       'trustee',   '{maker,checker,keyholder}'),
    ('answer_question',       'provider',  '{clerk,maker,checker}'),
    -- A program's token is made by people of its own organisation; a trust company may end anybody's.
    ('issue_token',           'trustee',   '{maker,checker,keyholder}'),
    ('issue_token',           'provider',  '{maker,checker,clerk}'),
    ('issue_token',           'committee', '{keyholder}'),
    ('issue_token',           'protector', '{maker,checker,keyholder}'),
    ('issue_token',           'regulator', '{maker,checker}'),
    ('revoke_token',          'trustee',   '{maker,checker,keyholder}'),
    ('revoke_token',          'provider',  '{maker,checker,clerk}'),
    ('revoke_token',          'committee', '{maker,checker,keyholder}'),
    ('revoke_token',          'protector', '{maker,checker,keyholder}'),
    ('revoke_token',          'regulator', '{maker,checker}'),
    -- Payments and placements. What two keys released is filed by the timer at a cut-off, or by a person.
    ('instruct_payments',     'trustee',   '{maker,checker,keyholder,machine}'),
    ('record_outcome',        'trustee',   '{maker,checker,keyholder,machine}'),
    ('retry_payment',         'trustee',   '{maker,checker,keyholder}'),
    ('reconsider_payment',    'trustee',   '{maker,checker,keyholder}'),
    ('propose_payee',         'trustee',   '{maker,checker}'),
    ('adopt_after_restore',   'trustee',   '{maker,checker}'),
    ('reopen_after_restore',  'trustee',   '{keyholder}'),
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
