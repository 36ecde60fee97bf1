"""The addresses of signing in: what is mounted of django-allauth; every other of its names answers 404.

The names stay known, since its own code reverses them.
"""

from collections.abc import Iterator, Sequence

from allauth.account import urls as account
from allauth.mfa import urls as mfa
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from config.web.refusals import nowhere

MOUNTED = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_edit_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_login_webauthn",
    }
)


def mounted(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    """The same addresses; those not listed answer as an address that is not there."""
    for each in patterns:
        if isinstance(each, URLResolver):
            prefix = str(each.pattern)
            yield path(prefix, include(list(mounted(each.url_patterns))))
        elif each.name in MOUNTED:
            yield each
        else:
            yield URLPattern(each.pattern, nowhere_else, each.default_args, each.name)


def nowhere_else(request: HttpRequest, **_named: object) -> HttpResponse:
    """404, whatever was named."""
    return nowhere(request)


urlpatterns = [*mounted(account.urlpatterns), path("2fa/", include(list(mounted(mfa.urlpatterns))))]
