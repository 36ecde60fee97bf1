"""Where an interrupted proof of the ledger stood: a file, written whole, gone when the proof has ended.

Refuses a file that is no such thing.
"""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody.kernel.durable import write_whole
from custody.kernel.errors import Rejected
from custody.ledger.proof import Finding, Stood


class ProofState:
    """What is proved so far of each fund, by its code: its journal, its evidence, and what did not hold."""

    def __init__(self, file: Path | None) -> None:
        """Take up what ``file`` holds. Errors: Rejected for a file of another kind; OSError."""
        self._file = file
        self._funds: dict[str, dict[str, Any]] = {}
        if file is not None and file.exists():
            try:
                self._funds = dict(json.loads(file.read_text())["proved"])
                for code in self._funds:
                    self.journal_stood(code)
                    self.evidence_stood(code)
            except (ValueError, KeyError, TypeError, InvalidOperation) as error:
                raise Rejected(
                    _("%(file)s 不是验证进度，请删去后从头验证"), code="state-unreadable", file=file.name
                ) from error

    def journal_stood(self, code: str) -> Stood | None:
        """Behind which entry the fund's journal is taken up."""
        kept = self._of(code).get("journal")
        if kept is None:
            return None
        posted = {int(account): Decimal(amount) for account, amount in kept["posted"].items()}
        return Stood(int(kept["sequence"]), bytes.fromhex(kept["chain"]), posted)

    def evidence_stood(self, code: str) -> dict[str, int]:
        """Behind which place each check of the fund is taken up."""
        return {name: int(place) for name, place in self._of(code).get("evidence", {}).items()}

    def found(self, code: str) -> list[str]:
        """What did not hold before the interruption."""
        return [str(each) for part in ("wrong", "unfounded") for each in self._of(code).get(part, [])]

    def reached_entry(self, code: str, stood: Stood, findings: list[Finding]) -> None:
        """Keep how far the journal is proved; what was found before it was taken up stays."""
        posted = {str(account): str(amount) for account, amount in stood.posted.items()}
        self._of(code)["journal"] = {
            "sequence": stood.sequence,
            "chain": stood.chain.hex(),
            "posted": posted,
        }
        before = self._of(code).setdefault("wrong", [])
        before += [str(each) for each in findings if str(each) not in before]
        self._keep()

    def reached_place(self, code: str, name: str, place: int, faults: list[str]) -> None:
        """Keep how far one check of the evidence is done."""
        self._of(code).setdefault("evidence", {})[name] = place
        self._of(code).setdefault("unfounded", []).extend(faults)
        self._keep()

    def end(self) -> None:
        """The proof has come to its end: the next one begins anew."""
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _of(self, code: str) -> dict[str, Any]:
        return self._funds.setdefault(code, {})

    def _keep(self) -> None:
        if self._file is not None:
            write_whole(self._file, json.dumps({"proved": self._funds}).encode())
