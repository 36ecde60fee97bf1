"""Who may do what in the database: reads the one list (grants.toml), what stands, and sets exactly the list.

Refuses a table that the list does not name, and a list that names what is not there. Nothing is granted by
default, to anybody, before the list says so.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "trust_"
ROLES = ("trust_app", "trust_vault", "trust_reader")
SCHEMAS = ("public", "dramatiq")
_PART = re.compile(r"\s*(select|insert|update|delete)\s*(?:\(([^()]*)\))?\s*(?:,|$)")


class Grant(NamedTuple):
    """One privilege of one role; ``name`` with its schema, ``column`` empty for the whole."""

    role: str
    privilege: str
    kind: str
    name: str
    column: str = ""

    def __str__(self) -> str:
        """As PostgreSQL would grant it."""
        column = f" ({self.column})" if self.column else ""
        return f"{self.privilege}{column} ON {self.kind} {self.name} / {self.role}"


class Catalogue(NamedTuple):
    """Each table's columns (True where the database fills them), each function's signatures."""

    tables: dict[str, dict[str, bool]]
    functions: dict[str, list[str]]


@cache
def the_list() -> dict[str, Any]:
    """``grants.toml`` as it stands."""
    return tomllib.loads((Path(__file__).parent / "grants.toml").read_text(encoding="utf-8"))


def catalogue(connection: BaseDatabaseWrapper) -> Catalogue:
    """The house's tables and functions as the database has them; what extensions brought is not ours."""
    tables: dict[str, dict[str, bool]] = {}
    functions: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [list(SCHEMAS)])
        for table, column, filled in cursor.fetchall():
            tables.setdefault(table, {})[column] = filled
        cursor.execute(_FUNCTIONS, [list(SCHEMAS)])
        for name, signature in cursor.fetchall():
            functions.setdefault(name, []).append(signature)
    return Catalogue(tables, functions)


def listed(there: Catalogue) -> set[Grant]:
    """The list as single privileges, over what is there."""
    schemas = {name.split(".")[0] for name in there.tables}
    grants = {Grant(role, "USAGE", "SCHEMA", schema) for role in ROLES for schema in schemas}
    for name, roles in the_list()["tables"].items():
        table = _qualified(name)
        for role, said in roles.items():
            if table in there.tables:
                grants |= _on_table(PREFIX + role, table, said, there.tables[table])
    for name, roles in the_list()["functions"].items():
        for signature in there.functions.get(_qualified(name), []):
            grants |= {Grant(PREFIX + role, "EXECUTE", "FUNCTION", signature) for role in roles}
    return grants


def strangers(there: Catalogue) -> list[str]:
    """Tables without a line in the list, and lines of the list without a table or function."""
    named = {_qualified(name) for name in the_list()["tables"]}
    called = {_qualified(name) for name in the_list()["functions"]}
    return sorted((named ^ set(there.tables)) | (called - set(there.functions)))


def found(connection: BaseDatabaseWrapper) -> set[Grant]:
    """Every privilege the three roles and PUBLIC hold on the house, whoever granted it."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"roles": list(ROLES), "schemas": list(SCHEMAS)})
        return {Grant(*row) for row in cursor.fetchall()}


def unlike_the_list(connection: BaseDatabaseWrapper) -> list[str]:
    """What stands and is not listed (+), what is listed and does not stand (-), in order."""
    wanted, standing = listed(catalogue(connection)), found(connection)
    return sorted([f"+ {each}" for each in standing - wanted] + [f"- {each}" for each in wanted - standing])


def set_exactly(connection: BaseDatabaseWrapper) -> None:
    """Make the roles, take back everything, grant the list: one transaction, as the tables' owner."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for role in ROLES:
            cursor.execute(_MAKE_ROLE.replace("NAME", role))
        there = catalogue(connection)
        everybody = ", ".join(("PUBLIC", *ROLES))
        for schema in sorted({name.split(".")[0] for name in there.tables}):
            for things in ("TABLES", "SEQUENCES", "ROUTINES"):
                cursor.execute(f"REVOKE ALL ON ALL {things} IN SCHEMA {schema} FROM {everybody}")
            cursor.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {', '.join(ROLES)}")
            for things in ("TABLES", "SEQUENCES", "ROUTINES"):
                cursor.execute(
                    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON {things} FROM {everybody}"
                )
        cursor.execute(f"ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM {everybody}")
        for statement in _statements(listed(there)):
            cursor.execute(statement)


def _statements(grants: set[Grant]) -> list[str]:
    """One GRANT for all columns of a table that a role holds one privilege on."""
    columns: dict[Grant, list[str]] = {}
    for each in sorted(grants):
        columns.setdefault(each._replace(column=""), []).append(each.column)
    return [
        f"GRANT {each.privilege}{_bracketed(names)} ON {each.kind.replace('FUNCTION', 'ROUTINE')} {each.name}"
        f" TO {each.role}"
        for each, names in columns.items()
    ]


def _bracketed(columns: list[str]) -> str:
    return f" ({', '.join(columns)})" if any(columns) else ""


def _qualified(name: str) -> str:
    return name if "." in name else f"public.{name}"


def _on_table(role: str, table: str, said: str, columns: dict[str, bool]) -> set[Grant]:
    """``select, insert, update(a, b)`` as single privileges; ValueError for anything else."""
    grants = set()
    if said and not re.fullmatch(f"(?:{_PART.pattern})+", said):
        raise ValueError(f"{table}: {said}")
    for verb, named in _PART.findall(said):
        own = [name.strip() for name in named.split(",")] if named else []
        if verb == "insert":
            own = [name for name, filled in columns.items() if not filled]
        if set(own) - set(columns) or (verb == "update" and not own):
            raise ValueError(f"{table}: {verb}({named})")
        grants |= {Grant(role, verb.upper(), "TABLE", table, column) for column in own or [""]}
    return grants


_MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'NAME') THEN
        CREATE ROLE NAME NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this server created it this very moment
END $$"""

_COLUMNS = """
SELECT n.nspname || '.' || c.relname, a.attname, a.attidentity <> '' OR a.attgenerated <> ''
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ANY (%s)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 1, a.attnum"""

_FUNCTIONS = """
SELECT n.nspname || '.' || p.proname,
       format('%%s.%%s(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = ANY (%s)
 WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""

# PUBLIC counts in the house's own schemas alone, where USAGE is no power; a role counts everywhere.
_FOUND = """
WITH held (kind, schema, name, col, object, acl) AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname,
           n.nspname || '.' || c.relname, '', c.oid, c.relacl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT 'TABLE', n.nspname, n.nspname || '.' || c.relname, a.attname, c.oid, a.attacl
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'FUNCTION', n.nspname,
           format('%%s.%%s(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           '', p.oid, coalesce(p.proacl, acldefault('f', p.proowner))
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'SCHEMA', n.nspname, n.nspname, '', n.oid, n.nspacl FROM pg_namespace n
    UNION ALL
    SELECT 'DEFAULT', coalesce(n.nspname, 'public'), coalesce(n.nspname, ''), '', d.oid, d.defaclacl
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    UNION ALL
    SELECT 'PARAMETER', '', parname, '', oid, paracl FROM pg_parameter_acl
    UNION ALL
    SELECT 'DATABASE', '', datname, '', oid, datacl FROM pg_database WHERE datname = current_database()
)
SELECT coalesce(r.rolname, 'PUBLIC'), a.privilege_type, h.kind, h.name, h.col
  FROM held h CROSS JOIN LATERAL aclexplode(h.acl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
 WHERE (r.rolname = ANY (%(roles)s)
        OR (a.grantee = 0 AND h.schema = ANY (%(schemas)s)
            AND NOT (h.kind = 'SCHEMA' AND a.privilege_type = 'USAGE')))
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = h.object AND d.deptype = 'e')
UNION ALL
SELECT r.rolname, 'MEMBERSHIP', 'ROLE', g.rolname, ''
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
 WHERE r.rolname = ANY (%(roles)s)
UNION ALL
SELECT r.rolname, 'OWNERSHIP', 'OBJECT', s.objid::text, ''
  FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
 WHERE s.deptype = 'o' AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND r.rolname = ANY (%(roles)s)
UNION ALL
SELECT r.rolname, power.name, 'ROLE', r.rolname, ''
  FROM pg_roles r CROSS JOIN LATERAL (VALUES ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole),
       ('CREATEDB', r.rolcreatedb), ('REPLICATION', r.rolreplication), ('BYPASSRLS', r.rolbypassrls),
       ('LOGIN', r.rolcanlogin)) AS power (name, held)
 WHERE r.rolname = ANY (%(roles)s) AND power.held"""
