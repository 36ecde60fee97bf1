"""enrol_key: propose a person's public key, or sign a proposal; two people's signatures enrol it.

``--operator NAME --point HEX`` proposes; ``--number N --key-file FILE`` signs as the actor. Both can be
said again without a second effect. A rehearsal signs nothing.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from custody import keys
from custody.console.commands import HouseCommand
from custody.console.signing import KEY_FILE_HELP, opened_key_file, sign
from custody.kernel.errors import NotFound
from custody.kernel.words import told
from custody.keys import enrolment
from custody.models import Key, KeyEnrolment, Method, PublicKey


class Command(HouseCommand):
    """Edge of custody.keys.enrolment."""

    help = "登记持钥人的公钥：提出，或签署 / propose a public key, or sign the proposal"
    rehearses = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Either a person and a point, or a proposal's number."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--operator", metavar="USERNAME", help="持钥人 / whose key it is")
        which.add_argument("--number", type=int, metavar="N", help="要签署的登记编号 / the proposal to sign")
        parser.add_argument(
            "--point", metavar="HEX", default="", help="公钥，130 位十六进制 / the public key"
        )
        parser.add_argument("--key-file", type=Path, metavar="FILE", help=KEY_FILE_HELP)
        self.add_actor(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Propose, or show and sign."""
        actor = self.actor_named(options["actor"])
        if options["number"] is None:
            proposal = enrolment.propose_key(
                operator=self.actor_named(options["operator"]),
                method=Method.DEVICE,
                point=self._point(options["point"]),
                actor=actor,
                at=self.now(),
            )
            self.stdout.write(told(_("登记编号 %(number)s，待两人签署 / proposed"), number=proposal.pk))
            return
        if options["key_file"] is None:
            raise self.refusal(_("签署登记须给出 --key-file"))
        proposal = self._proposal(options["number"])
        self._show(proposal)
        if options["dry_run"]:
            return
        if not PublicKey.objects.filter(enrolment=proposal).exists():
            subject = (keys.ENROLMENT, proposal.pk)
            sign(
                actor=actor,
                which=Key.RELEASE,
                subjects=[subject],
                device=opened_key_file(options["key_file"]),
            )
        enrolled = PublicKey.objects.filter(enrolment=proposal).first()
        if enrolled is None:
            self.stdout.write(_("已签署，尚待另一人签署 / signed, another person's signature is due"))
        else:
            self.stdout.write(told(_("已登记，公钥编号 %(number)s / enrolled"), number=enrolled.pk))

    def _point(self, said: str) -> bytes:
        try:
            return bytes.fromhex(said)
        except ValueError as error:
            raise self.refusal(_("--point 须为 130 位十六进制公钥")) from error

    @staticmethod
    def _proposal(number: int) -> KeyEnrolment:
        found = KeyEnrolment.objects.select_related("operator", "organisation").filter(pk=number).first()
        if found is None:
            raise NotFound(_("没有编号为 %(number)s 的密钥登记"), number=number)
        return found

    def _show(self, proposal: KeyEnrolment) -> None:
        self.stdout.write(
            told(
                _("%(person)s（%(organisation)s）的%(method)s：%(point)s"),
                person=proposal.operator.username,
                organisation=proposal.organisation.name,
                method=Method(proposal.method).label,
                point=bytes(proposal.point).hex(),
            )
        )
