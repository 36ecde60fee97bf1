"""withdraw_key KIND NUMBER… --reason TEXT: takes back the key of the actor's organisation.

Refuses, a sentence each, once the key has done its work. Withdrawing a placement's key calls the order off.
"""

from argparse import ArgumentParser

from django.utils.translation import gettext as _

from custody import keys
from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from custody.queue.keyed_subjects import Hand, key_of, kinds


class Command(EachCommand):
    """Edge of custody.queue.keyed_subjects."""

    help = "撤回密码 / take a key back"
    rehearses = True
    numbers_help = "发票号码，或登记时给出的编号 / numbers as the commands told them"
    reason = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``KIND NUMBER… --reason TEXT``."""
        parser.add_argument("kind", choices=list(kinds()), help="哪一类事项 / what is keyed")
        super().add_arguments(parser)

    def once(self, number: str, case: Case) -> str:
        """Take it back, unless it is back already."""
        subject = kinds()[case.options["kind"]]
        hand = Hand(subject.find(case.fund.pk, number), key_of(case.actor, case.at), case.actor, case.at)
        standing = {each.key for each in keys.standing(subject.kind, hand.subject_id)}
        if hand.which not in standing:
            return told(_("%(number)s 没有「%(key)s」可撤回，无变化"), number=number, key=hand.which.label)
        subject.take_back(hand, case.options["reason"])
        return told(_("%(number)s 「%(key)s」已撤回"), number=number, key=hand.which.label)
