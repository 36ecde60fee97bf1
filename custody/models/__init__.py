"""The tables of custody, by what they hold. Refuses business rules; those live in services and SQL."""

from custody.models.access import Access, AccessRecord
from custody.models.amendments import Amendment, AmendmentRow
from custody.models.approvals import Approval, ApprovalWithdrawal, Key
from custody.models.bank import (
    AccountEnd,
    BankAccount,
    BankLine,
    BankPeriod,
    LineExplanation,
    LineKind,
)
from custody.models.collections import ChannelOrder, RevenueLine
from custody.models.days import DaySheet
from custody.models.deeds import DeedTerm, Resolution
from custody.models.documents import Document, Retention
from custody.models.estates import Estate, Fund, FundParty, Unit, UnitFact
from custody.models.explanations import BreakExplanation, BreakExplanationWithdrawal
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
from custody.models.paybacks import Payback
from custody.models.periods import PeriodAct, PeriodProposal
from custody.models.permits import Permit, RefusedAttempt
from custody.models.placements import Placement
from custody.models.programs import ApiToken, ApiTokenRevocation, KeptAnswer, TokenScope
from custody.models.seats import SeatProposal
from custody.models.signatures import (
    KeyEnrolment,
    KeyRevocation,
    Method,
    PublicKey,
    Signature,
    SignatureRefused,
    SignedSubject,
    UsedNonce,
    VaultNote,
)
from custody.models.signing_lists import ItemOutcome, SigningItem, SigningList
from custody.models.suspense import Identification, LineNote
from custody.models.uploads import Upload, UploadState

__all__ = [
    "OWN_BODIES",
    "Access",
    "AccessRecord",
    "Account",
    "AccountEnd",
    "Amendment",
    "AmendmentRow",
    "Anchor",
    "ApiToken",
    "ApiTokenRevocation",
    "Approval",
    "ApprovalWithdrawal",
    "Balance",
    "BankAccount",
    "BankLine",
    "BankPeriod",
    "BreakExplanation",
    "BreakExplanationWithdrawal",
    "ChannelOrder",
    "DaySheet",
    "DeedTerm",
    "Document",
    "Estate",
    "Fund",
    "FundParty",
    "Hold",
    "HoldOutcome",
    "Identification",
    "ItemOutcome",
    "JournalEntry",
    "JournalLine",
    "KeptAnswer",
    "Key",
    "KeyEnrolment",
    "KeyRevocation",
    "LedgerHead",
    "LineExplanation",
    "LineKind",
    "LineNote",
    "Membership",
    "Method",
    "Operator",
    "Organisation",
    "OrganisationKind",
    "Payback",
    "PeriodAct",
    "PeriodProposal",
    "Permit",
    "Placement",
    "PublicKey",
    "RefusedAttempt",
    "Resolution",
    "Retention",
    "RevenueLine",
    "Role",
    "SeatProposal",
    "Signature",
    "SignatureRefused",
    "SignedSubject",
    "SigningItem",
    "SigningList",
    "TokenScope",
    "Unit",
    "UnitFact",
    "Upload",
    "UploadState",
    "UsedNonce",
    "VaultNote",
]
