"""Whether this process may work on this database: asked once, at its first connection.

Refuses roles that hold anything but the list, and, with DEBUG off, a login that is the owner of the tables or
can become it, a superuser or anybody else with powers over the server.
"""

import threading
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from config import grants

ALIASES = ("default", "vault")
_FOUND_GOOD: set[tuple[Any, ...]] = set()
_ONE_AT_A_TIME = threading.RLock()


def look_at_first(sender: Any, connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Receives ``connection_created``; ImproperlyConfigured, and closed, when it may not be used."""
    where = connection.settings_dict
    key = tuple(where[name] for name in ("HOST", "PORT", "NAME", "USER"))
    if connection.alias not in ALIASES or key in _FOUND_GOOD:
        return
    with _ONE_AT_A_TIME:
        refusal = _refusal(connection)
        if refusal:
            connection.close()
            raise ImproperlyConfigured(refusal)
        if _migrated(connection):
            _FOUND_GOOD.add(key)


def _refusal(connection: BaseDatabaseWrapper) -> str:
    """Why not; empty when the process may work. That there are no tables yet is for the first query."""
    powers = [] if settings.OWNER_MAY_LOG_IN else powers_of_the_login(connection)
    if powers:
        return _(
            "DATABASE_URL 的登录名%(powers)s，程序不启动；"
            "请改用只属于 trust_app 的登录名，表的所有者只填在 DATABASE_OWNER_URL"
        ) % {"powers": "、".join(powers)}
    if not _migrated(connection):
        return ""
    differing = grants.unlike_the_list(connection)
    if not differing:
        return ""
    return _(
        "数据库角色的权限与清单不符（%(first)s，共 %(count)s 处），程序不启动；请运行 manage.py grant_roles"
    ) % {"first": differing[0], "count": len(differing)}


def powers_of_the_login(connection: BaseDatabaseWrapper) -> list[str]:
    """What the login could do beyond its role, in words; whatever it can become counts as itself."""
    with connection.cursor() as cursor:
        cursor.execute(_POWERS, [list(grants.ROLES)])
        owns, special, strange = cursor.fetchone()
    said = (
        (owns, _("拥有数据表或能成为其所有者")),
        (special, _("是超级用户或能成为有特权的角色")),
        (strange, _("另有不在清单上的权限")),
    )
    return [words for holds, words in said if holds]


def _migrated(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.settlement_settlement') IS NOT NULL")
        return bool(cursor.fetchone()[0])


# Whoever may drop a thing owns it: its owner, its schema's, the database's. Roles pg_* read files, or all.
_POWERS = """
WITH RECURSIVE can_be (oid) AS (
    SELECT oid FROM pg_roles WHERE rolname = session_user
    UNION
    SELECT m.roleid FROM pg_auth_members m JOIN can_be c ON c.oid = m.member
), owner (oid) AS (
    SELECT c.relowner FROM pg_class c WHERE c.oid >= 16384
    UNION SELECT p.proowner FROM pg_proc p WHERE p.oid >= 16384
    UNION SELECT n.nspowner FROM pg_namespace n WHERE n.nspname !~ '^pg_(toast|temp)'
    UNION SELECT d.datdba FROM pg_database d WHERE d.datname = current_database()
), acl (grantee) AS (
    SELECT a.grantee FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    UNION SELECT a.grantee FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a
    UNION SELECT a.grantee FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
)
SELECT EXISTS (SELECT FROM can_be JOIN owner USING (oid)),
       bool_or(r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
               OR r.rolname ~ '^pg_'),
       EXISTS (SELECT FROM can_be c JOIN acl ON acl.grantee = c.oid
                JOIN pg_roles g ON g.oid = c.oid WHERE g.rolname <> ALL (%s))
       OR count(*) FILTER (WHERE r.rolname IN ('trust_app', 'trust_vault', 'trust_reader')) > 1
  FROM can_be JOIN pg_roles r USING (oid)"""
