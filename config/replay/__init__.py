"""Replays a pack (an estate's quarter of files) through the real services, as the right people, by date.

Refuses a pack without onboarding workbook or bank statement; invents no figure: everything it reports is
read back from the ledger.
"""
