-- Both keys stand on the present content, payee's account included, and what is approved is held in full.

CREATE FUNCTION settlement_payee_content(p_payee bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('payee-2', a.fund_id, a.organisation_id, a.id, a.holder,
               a.number, a.bank_name, a.clearing_number, a.usable_from, r.reference, f.sha256)::text, 'UTF8')), 'hex')
      FROM settlement_payeeaccount a
      LEFT JOIN custody_resolution r ON r.id = a.resolution_id
      LEFT JOIN custody_document f ON f.id = a.source_file_id
     WHERE a.id = p_payee
$$;

-- Days a changed payee's account waits after its second key. The only place of this figure (docs/limits.md).
CREATE FUNCTION settlement_cooling_off_days() RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 3 $$;

-- The instant from which two standing keys, in two hands, stood on the account as it is; null while they do not. A public
-- key revoked while the account cooled off takes its key along; one revoked later leaves the account as it was.
CREATE FUNCTION settlement_payee_keyed_at(p_payee bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT min(greatest(a.given_at, b.given_at))
      FROM settlement_payeeaccount p
      JOIN custody_approval a ON a.fund_id = p.fund_id AND a.subject_kind = 'payee' AND a.subject_id = p.id
           AND a.key = 'approve' AND a.content_sha256 = settlement_payee_content(p.id)
      JOIN custody_approval b ON b.fund_id = a.fund_id AND b.subject_kind = a.subject_kind AND b.subject_id = a.subject_id
           AND b.key = 'release' AND b.content_sha256 = a.content_sha256
           AND b.operator_id <> a.operator_id AND b.organisation_id <> a.organisation_id
     WHERE p.id = p_payee
       AND NOT EXISTS (SELECT FROM custody_approvalwithdrawal w WHERE w.approval_id IN (a.id, b.id))
       AND NOT EXISTS (
           SELECT FROM custody_signedsubject m JOIN custody_keyrevocation r ON r.public_key_id = m.public_key_id
            WHERE m.id IN (a.signed_id, b.signed_id)
              AND r.revoked_at < greatest(a.given_at, b.given_at) + make_interval(days => settlement_cooling_off_days()))
$$;

-- The day an account is usable from: the handover's by its own date; any later one the cooling-off after its second
-- key, and never before its own date. Null: never yet.
CREATE FUNCTION settlement_payee_since(p_payee bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p.handover THEN p.usable_from
                WHEN k.keyed_at IS NOT NULL THEN greatest(p.usable_from,
                    (k.keyed_at AT TIME ZONE 'Asia/Shanghai')::date + settlement_cooling_off_days()) END
      FROM settlement_payeeaccount p, settlement_payee_keyed_at(p.id) AS k(keyed_at)
     WHERE p.id = p_payee
$$;

-- Where an organisation is paid on a day: the account usable by then that became so last; of two of one day, the one
-- keyed last. Row numbers decide nothing.
CREATE FUNCTION settlement_payee_current(p_fund bigint, p_organisation bigint, p_on date) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT a.id FROM settlement_payeeaccount a
     WHERE a.fund_id = p_fund AND a.organisation_id = p_organisation AND settlement_payee_since(a.id) <= p_on
     ORDER BY settlement_payee_since(a.id) DESC, settlement_payee_keyed_at(a.id) DESC NULLS LAST,
              settlement_payee_content(a.id)
     LIMIT 1
$$;

-- Nobody's account comes with the handover once the fund is open.
CREATE TRIGGER payee_of_handover BEFORE INSERT OR UPDATE ON settlement_payeeaccount
    FOR EACH ROW EXECUTE FUNCTION custody_handover_guard();

-- The account a fund pays from on a day: of those that pay, the last one usable that day; the handover's before any.
CREATE FUNCTION settlement_debtor(p_fund bigint, p_on date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT b.id FROM custody_bankaccount b
     WHERE b.fund_id = p_fund AND b.pays AND (b.handover OR b.usable_from <= p_on)
       AND NOT EXISTS (SELECT FROM custody_accountend x WHERE x.account_id = b.id AND x.usable_until <= p_on)
     ORDER BY b.handover, b.usable_from DESC LIMIT 1
$$;

-- What both keys of a settlement are bound to: who pays from which account, whom on which, how much, and for what.
CREATE FUNCTION settlement_content(p_settlement bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array('settlement-2', s.fund_id, s.id, s.number, s.issued_on, s.total,
               s.total_currency, s.seller, s.buyer, s.book, d.id, d.number, d.holder, d.bank_name, s.provider_id, p.id, p.holder, p.number, p.bank_name,
               p.clearing_number, f.sha256,
               (SELECT jsonb_agg(jsonb_build_array(l.line_no, l.budget_line_id, b.year, b.code, l.basis, l.cited,
                           l.work_order_id, w.number, wf.sha256, l.period_month, l.amount, l.amount_currency)
                           ORDER BY l.line_no)
                  FROM settlement_settlementline l
                  LEFT JOIN settlement_budgetline b ON b.id = l.budget_line_id
                  LEFT JOIN settlement_workorder w ON w.id = l.work_order_id
                  LEFT JOIN custody_document wf ON wf.id = w.source_file_id
                 WHERE l.settlement_id = s.id AND l.revision = s.revision))::text, 'UTF8')), 'hex')
      FROM settlement_settlement s
      LEFT JOIN custody_bankaccount d ON d.id = s.debtor_account_id
      LEFT JOIN settlement_payeeaccount p ON p.id = s.payee_account_id
      LEFT JOIN custody_document f ON f.id = s.source_file_id
     WHERE s.id = p_settlement
$$;

-- The day a standing key was turned on this content; null when none stands.
CREATE FUNCTION settlement_key_day(p_settlement bigint, p_key text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max((k.given_at AT TIME ZONE 'Asia/Shanghai')::date)
      FROM custody_approval k
     WHERE k.subject_kind = 'settlement' AND k.subject_id = p_settlement AND k.key = p_key AND custody_key_stands(k.id, k.signed_id)
       AND k.content_sha256 = settlement_content(p_settlement)
$$;

CREATE FUNCTION settlement_keys_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_name text;
    v_content text := settlement_content(NEW.id);
BEGIN
    v_name := CASE
        WHEN NEW.state = 'approved' AND NOT custody_key_turned(NEW.fund_id, 'settlement', NEW.id, 'approve', v_content)
            THEN 'settlement_needs_its_first_key'
        WHEN NEW.state IN ('released', 'instructed') AND NOT custody_both_keys_turned(NEW.fund_id, 'settlement', NEW.id, v_content)
            THEN 'settlement_needs_two_keys'
        WHEN NEW.state IN ('approved', 'released') AND EXISTS (
            SELECT FROM custody_approval k
             WHERE k.subject_kind = 'settlement' AND k.subject_id = NEW.id AND custody_key_stands(k.id, k.signed_id)
               AND k.content_sha256 = v_content AND k.operator_id = NEW.submitted_by_id)
            THEN 'settlement_maker_turns_no_key'
        WHEN NEW.state = 'approved' AND NEW.payee_account_id IS DISTINCT FROM settlement_payee_current(
            NEW.fund_id, NEW.provider_id, settlement_key_day(NEW.id, 'approve')) THEN 'settlement_payee_is_usable'
        WHEN NEW.state = 'released' AND OLD.state = 'approved' AND NEW.payee_account_id IS DISTINCT FROM
            settlement_payee_current(NEW.fund_id, NEW.provider_id, settlement_key_day(NEW.id, 'release'))
            THEN 'settlement_payee_is_usable'
        WHEN NEW.state = 'approved' AND NEW.debtor_account_id IS DISTINCT FROM
            settlement_debtor(NEW.fund_id, settlement_key_day(NEW.id, 'approve')) THEN 'settlement_debtor_is_usable'
        WHEN NEW.state = 'released' AND OLD.state = 'approved' AND NEW.debtor_account_id IS DISTINCT FROM
            settlement_debtor(NEW.fund_id, settlement_key_day(NEW.id, 'release')) THEN 'settlement_debtor_is_usable'
    END;
    IF v_name IS NOT NULL THEN
        RAISE EXCEPTION 'settlement % may not be %: its keys do not stand on its present content', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = v_name;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_keys AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('approved', 'released', 'instructed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_keys_guard();

-- A live settlement's hold is its own total on its own cash and still open; an ended one's hold has ended.
CREATE FUNCTION settlement_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
    v_fits boolean;
BEGIN
    SELECT h.fund_id = NEW.fund_id AND h.amount = NEW.total AND a.kind = 'cash' AND a.book = NEW.book, o.outcome
      INTO v_fits, v_outcome
      FROM custody_hold h JOIN custody_account a ON a.id = h.account_id
      LEFT JOIN custody_hold_outcome o ON o.hold_id = h.id
     WHERE h.id = coalesce(NEW.hold_id, OLD.hold_id);
    IF (NEW.hold_id IS NULL AND OLD.hold_id IS NOT NULL AND v_outcome IS DISTINCT FROM 'released')
       OR (NEW.hold_id IS NOT NULL AND NOT v_fits)
       OR (NEW.hold_id IS NOT NULL AND OLD.hold_id IS NOT NULL AND NEW.hold_id <> OLD.hold_id)
       OR (NEW.state IN ('paid', 'reversed') AND v_outcome IS DISTINCT FROM 'settled')
       OR (NEW.state IN ('approved', 'released', 'instructed', 'unknown', 'failed') AND v_outcome IS NOT NULL) THEN
        RAISE EXCEPTION 'settlement % is % but its hold is %', NEW.id, NEW.state, coalesce(v_outcome, 'another')
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_hold_is_its_own';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_hold AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (OLD.hold_id IS NOT NULL OR NEW.hold_id IS NOT NULL)
    EXECUTE FUNCTION settlement_hold_guard();

-- Judged at commit: nobody ends the hold behind a settlement that still needs it.
CREATE FUNCTION settlement_outcome_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM settlement_settlement s WHERE s.hold_id = NEW.hold_id
        AND s.state IN ('approved', 'released', 'instructed', 'unknown', 'failed');
    IF FOUND THEN
        RAISE EXCEPTION 'hold % backs a settlement that is not over', NEW.hold_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hold_backs_its_settlement';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER settlement_outcome AFTER INSERT ON custody_hold_outcome
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_outcome_guard();
