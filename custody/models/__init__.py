"""The tables of custody, by what they hold. Refuses business rules; those live in services and SQL."""

from custody.models.approvals import Approval, ApprovalWithdrawal, Key
from custody.models.bank import BankAccount, BankLine, BankPeriod, LineExplanation, LineKind
from custody.models.collections import ChannelOrder, RevenueLine
from custody.models.deeds import DeedTerm, Resolution
from custody.models.documents import Document, Retention
from custody.models.estates import Estate, Fund, FundParty, Unit
from custody.models.journal import (
    Account,
    Anchor,
    Balance,
    Hold,
    HoldOutcome,
    JournalEntry,
    JournalLine,
    LedgerHead,
)
from custody.models.organisations import (
    OWN_BODIES,
    Membership,
    Operator,
    Organisation,
    OrganisationKind,
    Role,
)
from custody.models.permits import Permit, RefusedAttempt
from custody.models.placements import Placement

__all__ = [
    "OWN_BODIES",
    "Account",
    "Anchor",
    "Approval",
    "ApprovalWithdrawal",
    "Balance",
    "BankAccount",
    "BankLine",
    "BankPeriod",
    "ChannelOrder",
    "DeedTerm",
    "Document",
    "Estate",
    "Fund",
    "FundParty",
    "Hold",
    "HoldOutcome",
    "JournalEntry",
    "JournalLine",
    "Key",
    "LedgerHead",
    "LineExplanation",
    "LineKind",
    "Membership",
    "Operator",
    "Organisation",
    "OrganisationKind",
    "Permit",
    "Placement",
    "RefusedAttempt",
    "Resolution",
    "Retention",
    "RevenueLine",
    "Role",
    "Unit",
]
