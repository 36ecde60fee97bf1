"""What an operator fills in to have a statement issued. Refuses what names no statement or no days."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from custody.models import Fund
from reporting.models import PaperFormat, StatementKind


class StatementForm(forms.Form):
    """Which statement, of which fund and days, in which form; ``known_at`` to see it as the ledger stood."""

    fund = forms.ChoiceField(label=_("信托"))
    kind = forms.ChoiceField(label=_("报表"), choices=StatementKind.choices)
    from_on = forms.DateField(label=_("起日"), widget=forms.DateInput(attrs={"type": "date"}))
    to_on = forms.DateField(label=_("止日"), widget=forms.DateInput(attrs={"type": "date"}))
    form = forms.ChoiceField(label=_("格式"), choices=PaperFormat.choices)
    known_at = forms.DateTimeField(
        label=_("按该时点已记的账，可空"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )

    def __init__(self, funds: Sequence[Fund], *arguments: Any, **named: Any) -> None:
        """``funds``: those the visitor sees."""
        super().__init__(*arguments, **named)
        field = self.fields["fund"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(fund.code, f"{fund.estate.name}（{fund.code}）") for fund in funds]
        for name, each in self.fields.items():
            each.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                each.widget.attrs["aria-invalid"] = "true"
