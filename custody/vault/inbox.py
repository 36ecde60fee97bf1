"""Where the application hands a signature in and learns what the vault found, and wakes it for other work.

Refuses with the vault's reason in words, and when no vault answers: then the signature lies there and
counts once it does. Must stand outside a transaction: the vault reads what is committed.
"""

import time

from django.db import connections, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from custody.kernel.errors import Forbidden, Rejected
from custody.models import PublicKey, Signature, SignatureRefused, SignedSubject, VaultNote
from custody.vault import marking
from custody.vault.hindrances import troubles

CHANNEL = "custody_vault"
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.02
WHY = {
    "key-revoked": gettext_lazy("密钥已注销，请登记新的密钥"),
    "person-switched-off": gettext_lazy("用户已停用"),
    "not-a-declaration": gettext_lazy("签署的内容不是签署清单"),
    "declared-by-another": gettext_lazy("清单上的人不是密钥的持有人"),
    "declaration-stale": gettext_lazy("清单已超过 15 分钟，请重新签署"),
    "declaration-used": gettext_lazy("这份清单已签署过，请重新签署"),
    "signature-has-64-bytes": gettext_lazy("签名长度不对"),
    "signature-does-not-verify": gettext_lazy("签名与密钥或清单不符"),
    "not-an-assertion": gettext_lazy("通行密钥的答复读不懂"),
    "made-on-another-page": gettext_lazy("签名不是在本系统的页面上作出的"),
    "signed-something-else": gettext_lazy("签署的不是这份清单"),
    "user-not-verified": gettext_lazy("设备没有核验本人，请用指纹、面容或设备密码再签一次"),
    "key-of-another-organisation": gettext_lazy("密钥是为另一组织登记的"),
    "key-not-enrolled": gettext_lazy("密钥的登记没有两人的签名"),
    "not-a-public-key": gettext_lazy("登记的公钥不是 P-256 公钥"),
}


def words_of(code: str) -> str:
    """Why a signature does not count, as a sentence."""
    return str(WHY[code])


def answers_here() -> bool:
    """Whether this process has the vault's login: a demonstration's has, a page's or worker's never."""
    return marking.VAULT in connections.databases


def wake() -> None:
    """A hint that something waits. The vault looks by itself too: lost or doubled, a hint changes nothing."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


def hand_in(
    *,
    public_key: PublicKey,
    declaration: str,
    signature: bytes,
    authenticator_data: bytes = b"",
    client_data: bytes = b"",
) -> Signature:
    """Hand the signature in, wait for its marks. Errors: Forbidden (refused), Rejected (no vault answers)."""
    with transaction.atomic(durable=True):
        handed = Signature.objects.create(
            public_key=public_key,
            declaration=declaration,
            signature=signature,
            authenticator_data=authenticator_data,
            client_data=client_data,
        )
    if answers_here():
        marking.answer(handed.pk)
    _wait(handed, public_key)
    return handed


def _wait(handed: Signature, public_key: PublicKey) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not SignedSubject.objects.filter(signature=handed).exists():
        refusal = SignatureRefused.objects.filter(signature=handed).first()
        if refusal is not None:
            raise Forbidden(
                _("签名未被接受：%(why)s"),
                code=refusal.code,
                why=words_of(refusal.code),
                operator=public_key.operator.username,
            )
        if time.monotonic() > until:
            raise _silent(handed)
        time.sleep(PAUSE_SECONDS)


def _silent(handed: Signature) -> Rejected:
    why = troubles(VaultNote.Kind.SIGNATURE, [handed.pk]).get(handed.pk)
    if why is None:
        return Rejected(_("密钥服务没有答复，签名已保存，请稍后再试"), code="vault-silent")
    return Rejected(
        _("密钥服务未能核验这份签名（%(why)s），请重新签署，并告诉系统管理员"), code="vault-failed", why=why
    )
