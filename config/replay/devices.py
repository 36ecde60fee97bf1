"""The devices of a replay's keyholders: each signs what it turns, and the vault answers.

Refuses to be anywhere but in a demonstration: keys are enrolled over the owner's connection. Unless they are
made from what somebody keeps they live as long as the process, and a second run enrols new ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from custody import keys
from custody.models import Key, Membership, Method, Operator, PublicKey
from custody.vault import device, inbox
from custody.vault.declaration import MAX_LINES
from custody.vault.device import DeviceKey


class _Enrolled(NamedTuple):
    public_key: PublicKey
    private: DeviceKey


@dataclass(frozen=True)
class Devices:
    """One device a person, enrolled when they first sign; ``made`` gives the person's key."""

    made: Callable[[Operator], DeviceKey] = lambda _holder: device.make()
    _of: dict[int, _Enrolled] = field(default_factory=dict)

    def sign(self, actor: Operator, which: Key, subjects: Iterable[tuple[str, int]]) -> None:
        """Sign ``which`` on each subject (kind, number), at most 500 a list. Errors as ``hand_in``."""
        waiting = list(subjects)
        if not waiting:
            return
        signer = self._of.get(actor.pk) or self._of.setdefault(actor.pk, self._enrolled(actor))
        for start in range(0, len(waiting), MAX_LINES):
            some = waiting[start : start + MAX_LINES]
            declaration = keys.declare(actor=actor, which=which, subjects=some)
            inbox.hand_in(
                public_key=signer.public_key,
                declaration=declaration.text,
                signature=signer.private.sign(declaration.text),
            )

    def _enrolled(self, actor: Operator) -> _Enrolled:
        private = self.made(actor)
        return _Enrolled(enrolled_by_owner(actor, private), private)


def enrolled_by_owner(holder: Operator, private: DeviceKey) -> PublicKey:
    """The public half of the person's key on record, put there by the owner if it is not yet."""
    membership = Membership.objects.get(operator=holder, valid_until__isnull=True)
    known = PublicKey.objects.filter(operator=holder, point=private.point).first()
    return known or PublicKey.objects.using("owner").create(
        operator_id=holder.pk,
        organisation_id=membership.organisation_id,
        method=Method.DEVICE,
        point=private.point,
    )
