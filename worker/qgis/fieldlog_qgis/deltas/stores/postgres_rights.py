"""What can be done to a relation of PostgreSQL: by what it is, and by what its user may do."""

from ..delta import Method
from ..refusal import TakesNoEdits

# Which commands a relation takes: all with a table; a view those that are passed on, by the database itself, by rules
# or by triggers; a foreign table those of its server. The numbers are those of PostgreSQL's commands.
_FOUND = """
    SELECT c.relkind::text, pg_relation_is_updatable(c.oid, true), current_setting('transaction_read_only') = 'on',
           has_table_privilege(c.oid, 'INSERT') OR has_any_column_privilege(c.oid, 'INSERT'),
           has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE'),
           has_table_privilege(c.oid, 'DELETE')
    FROM pg_class c WHERE c.oid = %s::regclass
"""
_METHODS = ((Method.CREATE, 1 << 3), (Method.PATCH, 1 << 2), (Method.DELETE, 1 << 4))
_KINDS = {
    "r": "a table",
    "p": "a partitioned table",
    "v": "a view",
    "m": "a materialized view",
    "f": "a foreign table",
}
_VIEWS = ("v", "m")


def of(cursor, layer: str, table: str) -> tuple[frozenset[Method], bool]:
    """What can be done to the features of a layer, and whether its relation is a view; refuses when that is nothing."""
    cursor.execute(_FOUND, (table,))
    kind, commands, is_read_only, *rights = cursor.fetchone()
    named = f"shows {table}, which is {_KINDS.get(kind, 'no table')}"
    if is_read_only:
        raise TakesNoEdits(
            layer,
            "is in a database that is read-only, for example a copy of another one",
            "Use the database that is written to",
        )
    taken = {method for method, command in _METHODS if commands & command}
    if not taken:
        raise TakesNoEdits(
            layer,
            f"{named} that cannot be written",
            "Give it INSTEAD OF triggers or rules, or use the table behind it in the project",
        )
    allowed = {method for (method, _), may in zip(_METHODS, rights, strict=True) if may}
    if not taken & allowed:
        raise TakesNoEdits(
            layer,
            f"{named}; permission denied to the database's user to change it",
            "GRANT that user INSERT, UPDATE and DELETE on it",
        )
    return frozenset(taken & allowed), kind in _VIEWS
