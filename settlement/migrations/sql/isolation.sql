-- Claims, keys and payments are judged by what is committed: see custody's isolation.sql.
CALL custody_judged_by_what_is_committed(ARRAY[
    'settlement_settlement', 'settlement_settlementline', 'settlement_settlementmove', 'settlement_payeeaccount',
    'settlement_paymentbatch', 'settlement_paymentorder', 'settlement_stay', 'settlement_staylifted']);
