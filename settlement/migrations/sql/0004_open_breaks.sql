-- No settlement is released or instructed, and no order is filed, over unexplained money out of its fund.
-- Frozen: changes come as a new numbered file.

CREATE TRIGGER settlement_open_break AFTER UPDATE ON settlement_settlement
    FOR EACH ROW WHEN (NEW.state IN ('released', 'instructed') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION custody_open_break_guard();
CREATE TRIGGER order_open_break AFTER INSERT ON settlement_paymentorder
    FOR EACH ROW EXECUTE FUNCTION custody_open_break_guard();

CALL custody_pin_search_paths();
