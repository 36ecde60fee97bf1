"""turn_key KIND NUMBER…: shows what each is, whole, then turns the actor's key on exactly that.

The actor signs it with ``--key-file``; without one the signature must have been handed in a moment before.
Refuses, a sentence each, whoever holds no key, the maker, and what moved on; a key that stands is told as
unchanged. With ``--dry-run`` it shows and turns nothing.
"""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from custody import keys
from custody.console.each import Case
from custody.console.signing import SigningCommand
from custody.kernel.words import told
from custody.queue.keyed_subjects import Hand, key_of, kinds, stands_already


class Command(SigningCommand):
    """Edge of custody.queue.keyed_subjects."""

    help = "出示内容并转动密码（审批或放款），可一次多个编号 / show what it is, then turn the actor's key"
    numbers_help = "发票号码，或登记时给出的编号 / numbers as the commands told them"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``KIND NUMBER…``, ``--dry-run``."""
        parser.add_argument("kind", choices=list(kinds()), help="哪一类事项 / what is keyed")
        parser.add_argument("--dry-run", action="store_true", help="只出示，不转动 / show only")
        super().add_arguments(parser)

    def once(self, number: str, case: Case) -> str:
        """Show, then turn."""
        subject = kinds()[case.options["kind"]]
        hand = Hand(subject.find(case.fund.pk, number), key_of(case.actor, case.at), case.actor, case.at)
        self._show(str(subject.title), subject.shown(hand.subject_id), subject.kind, hand.subject_id)
        said: dict[str, Any] = {"number": number, "key": hand.which.label}
        if case.options["dry_run"]:
            return told(_("%(number)s 未转动：只出示内容 / shown only"), **said)
        if stands_already(subject.kind, hand):
            return told(_("%(number)s 「%(key)s」早已转动，无变化 / unchanged"), **said)
        self.sign(case, hand.which, subject.kind, hand.subject_id)
        subject.turn(hand)
        return told(_("%(number)s 「%(key)s」已转动 / turned"), **said)

    def _show(self, title: str, shown: list[tuple[str, str]], kind: str, subject_id: int) -> None:
        self.stdout.write(title)
        for label, words in shown:
            self.stdout.write(told("  %(label)s：%(words)s", label=label, words=words))
        digest = keys.content_digest_of(kind, subject_id)
        self.stdout.write(told(_("  内容摘要：%(digest)s"), digest=digest))
