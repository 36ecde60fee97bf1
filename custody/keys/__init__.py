"""The two keys (双密码): who may turn which, on what, with which public key; and proof of each."""

from custody.keys.turning import (
    BREAK,
    ENROLMENT,
    HELD_BY,
    PAYBACK,
    PLACEMENT,
    content_digest_of,
    content_digests_of,
    declare,
    register_subject,
    standing,
    stands,
    turn,
    withdraw_all,
)

__all__ = [
    "BREAK",
    "ENROLMENT",
    "HELD_BY",
    "PAYBACK",
    "PLACEMENT",
    "content_digest_of",
    "content_digests_of",
    "declare",
    "register_subject",
    "standing",
    "stands",
    "turn",
    "withdraw_all",
]
