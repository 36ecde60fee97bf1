"""No table of ours keeps a day before or after all days; read from the catalogue, so a new column shows."""

import pytest

from tests.custody.ledger.raw import refused, run
from tests.factories import make_fund

pytestmark = pytest.mark.usefixtures("committed_db")
JUDGED_BY_THE_STATEMENT = {"custody_entry", "custody_line"}
COLUMNS = """
    SELECT t.relname, a.attname, EXISTS (
               SELECT FROM pg_constraint k
                WHERE k.conrelid = t.oid AND k.contype = 'c' AND k.convalidated
                  AND pg_get_constraintdef(k.oid) LIKE '%%isfinite(' || a.attname || ')%%')
      FROM pg_class t
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
       AND t.relname ~ '^(custody|settlement)_'
       AND format_type(a.atttypid, NULL) ~ '^(date|timestamp.*)$'"""


def test_every_date_and_timestamp_of_ours_is_finite() -> None:
    unguarded = {
        f"{table}.{column}"
        for table, column, guarded in run("owner", COLUMNS)
        if not guarded and table not in JUDGED_BY_THE_STATEMENT
    }

    assert unguarded == set()


def test_the_catalogue_finds_a_column_nobody_guarded() -> None:
    found = {table for table, _column, guarded in run("owner", COLUMNS) if not guarded}

    assert found == JUDGED_BY_THE_STATEMENT


@pytest.mark.parametrize("day", ["infinity", "-infinity"])
@pytest.mark.parametrize("role", ["default", "owner"])
def test_a_payees_account_is_not_usable_from_a_day_before_all_days(day: str, role: str) -> None:
    made = make_fund()
    with refused(constraint="settlement_payeeaccount_usable_from_finite", using=role):
        run(
            role,
            "INSERT INTO settlement_payeeaccount (fund_id, organisation_id, holder, number, bank_name,"
            " clearing_number, usable_from, handover)"
            " VALUES (%s, %s, 'x', '1', 'x', '105651000018', %s, false)",
            (made.fund.pk, made.provider.pk, day),
        )
