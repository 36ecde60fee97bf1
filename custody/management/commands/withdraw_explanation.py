"""withdraw_explanation NUMBER… --reason TEXT: takes back what was said of an open line."""

from django.utils.translation import gettext as _

from custody.console.each import Case, EachCommand
from custody.kernel.words import told
from custody.money_in.break_proposals import withdraw_explanation
from custody.queue.custody_subjects import explanation_numbered


class Command(EachCommand):
    """Edge of custody.money_in.break_proposals."""

    help = "撤回查明建议 / take an explanation back"
    rehearses = True
    numbers_help = "查明建议编号 / numbers as explain_break told them"
    reason = True

    def once(self, number: str, case: Case) -> str:
        """Take it back, with its keys."""
        withdraw_explanation(
            explanation_id=explanation_numbered(case.fund.pk, number),
            reason=case.options["reason"],
            actor=case.actor,
            at=case.at,
        )
        return told(_("查明建议 %(proposal)s 已撤回"), proposal=number)
