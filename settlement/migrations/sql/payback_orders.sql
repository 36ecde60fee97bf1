-- A payback is paid by one order in a filed batch, and comes to be instructed by it alone.

ALTER TABLE settlement_paybackorder
    ADD CONSTRAINT payback_order_identifier_plain CHECK (end_to_end_id ~ '^TK[0-9]{8}-[0-9A-F]{12}-[0-9]{1,4}$'),
    ADD CONSTRAINT payback_order_in_its_funds_batch FOREIGN KEY (fund_id, batch_id)
        REFERENCES settlement_paymentbatch (fund_id, id),
    ADD CONSTRAINT payback_order_of_its_funds_payback FOREIGN KEY (fund_id, payback_id)
        REFERENCES custody_payback (fund_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_paybackorder
    FOR EACH STATEMENT EXECUTE FUNCTION custody_append_only();

CREATE FUNCTION settlement_payback_order_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM custody_payback r WHERE r.id = NEW.payback_id AND r.state = 'released'
        AND custody_both_keys_turned(r.fund_id, 'payback', r.id, custody_payback_content(r.id));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'payback % has no standing release for this order', NEW.payback_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payback_order_is_released';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payback_order_guard BEFORE INSERT ON settlement_paybackorder
    FOR EACH ROW EXECUTE FUNCTION settlement_payback_order_guard();
CREATE CONSTRAINT TRIGGER payback_order_manifest AFTER INSERT ON settlement_paybackorder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION settlement_manifest_guard();

CREATE FUNCTION settlement_payback_filed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM settlement_paybackorder o WHERE o.payback_id = NEW.id) THEN
        RAISE EXCEPTION 'payback % cannot be %: no order was filed', NEW.id, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payback_instructed_by_its_order';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payback_filed AFTER UPDATE ON custody_payback
    FOR EACH ROW WHEN (NEW.state IN ('instructed', 'paid', 'failed', 'reversed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_payback_filed();

-- Nothing is ordered over an open break, or before the fund is reopened after a restore; what is out already, as an
-- adopted batch says, is stopped by neither.
CREATE FUNCTION settlement_payback_break_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_payback bigint := CASE TG_TABLE_NAME WHEN 'custody_payback' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'payback_id')::bigint END;
BEGIN
    PERFORM FROM settlement_paybackorder o JOIN settlement_paymentbatch b ON b.id = o.batch_id
      WHERE o.payback_id = v_payback AND b.adopted_at IS NOT NULL;
    IF FOUND THEN
        RETURN NULL;
    ELSIF custody_restore_open(NEW.fund_id) THEN
        RAISE EXCEPTION 'fund % was restored to an earlier moment and is not reopened yet', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nothing_leaves_before_reopening';
    END IF;
    PERFORM custody_refuse_open_break(NEW.fund_id);
    RETURN NULL;
END $$;
CREATE TRIGGER payback_order_break AFTER INSERT ON settlement_paybackorder
    FOR EACH ROW EXECUTE FUNCTION settlement_payback_break_guard();
CREATE TRIGGER payback_instructed_break AFTER UPDATE ON custody_payback
    FOR EACH ROW WHEN (NEW.state = 'instructed' AND OLD.state <> NEW.state)
    EXECUTE FUNCTION settlement_payback_break_guard();
