"""How a settlement's state looks: shape and colour of its tag; its word is the state's title."""

from settlement.states import State

SHAPES = {
    State.VERIFIED: "now", State.APPROVED: "now", State.RELEASED: "now", State.INSTRUCTED: "now",
    State.PAID: "ok", State.UNKNOWN: "warn", State.FAILED: "bad", State.RETURNED: "warn",
    State.REVERSED: "bad", State.REJECTED: "bad",
}  # fmt: skip
