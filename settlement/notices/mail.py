"""The courier of electronic mail, by Django's backend: a server, the console, or files of a folder."""

from django.conf import settings
from django.core.mail import EmailMessage

from custody.kernel.courier import Letter


class MailCourier:
    """Sends each letter under a name of its own, so that a mailbox shows a second try once."""

    def carry(self, letter: Letter) -> None:
        """Errors: OSError (SMTPException is one), ValueError for an address that is none."""
        _name, _at, domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")
        EmailMessage(
            subject=letter.subject,
            body=letter.body,
            to=[letter.address],
            headers={
                "Message-ID": f"<notice-{letter.number}@{domain}>",
                "Auto-Submitted": "auto-generated",
            },
        ).send()
