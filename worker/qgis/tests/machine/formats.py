"""What each format can hold, and how its tables are declared."""

import json

# The kinds of columns, and what they are in SQL; a format without SQL has the kind's name alone.
GEOPACKAGE = {
    "int16": "SMALLINT",
    "int32": "MEDIUMINT",
    "int64": "INTEGER",
    "real": "DOUBLE",
    "float": "FLOAT",
    "text": "TEXT",
    "text10": "TEXT(10)",
    "bool": "BOOLEAN",
    "date": "DATE",
    "datetime": "DATETIME",
    "json": "TEXT",
    "binary": "BLOB",
}
SPATIALITE = {
    "int32": "INTEGER",
    "int64": "BIGINT",
    "real": "DOUBLE",
    "text": "TEXT",
    "text10": "VARCHAR(10)",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "binary": "BLOB",
}
POSTGRES = {
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "real": "double precision",
    "float": "real",
    "decimal": "numeric(10, 3)",
    "text": "text",
    "text10": "varchar(10)",
    "bool": "boolean",
    "date": "date",
    "time": "time",
    "datetime": "timestamptz",
    "clock": "timestamp",
    "json": "jsonb",
    "binary": "bytea",
}
SHAPEFILE = dict.fromkeys(("int32", "int64", "real", "decimal", "text", "text10", "bool", "date"), "")
GEOJSON = dict.fromkeys(("int32", "int64", "real", "text", "bool", "date", "datetime", "json"), "")
KINDS = {"gpkg": GEOPACKAGE, "spatialite": SPATIALITE, "postgres": POSTGRES, "shp": SHAPEFILE, "geojson": GEOJSON}
WITH_SQL = ("gpkg", "spatialite", "postgres")

# What the owners of a table may have put on it: the column that it needs, and the body of the trigger.
TRIGGERS = ("stamp", "count", "upper", "fill")
TRIGGER_COLUMNS = {"stamp": "stamped", "count": "edits", "upper": "shout", "fill": "filled"}


def literal(value) -> str:
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (dict, list)):
        value = json.dumps(value)
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def declaration(table: dict, format: str) -> str:
    """The columns of a table in SQL, all but the geometry."""
    key = table["key"]
    integer = {"gpkg": "INTEGER", "spatialite": "INTEGER", "postgres": "serial"}[format]
    sort = {"auto": integer, "plain": integer, "text": "text", "uuid": "uuid" if format == "postgres" else "text"}
    auto = " AUTOINCREMENT" if key["kind"] == "auto" and format != "postgres" else ""
    lines = [f'"{key["name"]}" {sort[key["kind"]]} NOT NULL PRIMARY KEY{auto}', f'"tag" {_text(format)}']
    lines += [_column(column, format) for column in table["columns"]]
    lines += [f'"{TRIGGER_COLUMNS[name]}" {_trigger_type(name, format)}' for name in table["triggers"]]
    if table.get("parent"):
        lines.append(f'"parent" {"INTEGER" if format != "postgres" else "integer"}')
    return ", ".join(lines)


def _text(format: str) -> str:
    return "text" if format == "postgres" else "TEXT"


def _trigger_type(name: str, format: str) -> str:
    return {"stamp": KINDS[format]["datetime"], "count": "INTEGER DEFAULT 0"}.get(name, _text(format))


def _column(column: dict, format: str) -> str:
    name, kind = column["name"], KINDS[format][column["kind"]]
    if column.get("twice"):
        return f'"{name}" {kind} GENERATED ALWAYS AS ("{column["twice"]}" * 2) STORED'
    parts = [f'"{name}" {kind}']
    parts += ["NOT NULL"] if column.get("not_null") else []
    parts += [f"DEFAULT {literal(column['default'])}"] if column.get("default") is not None else []
    parts += ["UNIQUE"] if column.get("unique") else []
    parts += [f'CHECK ("{name}" >= {column["least"]})'] if column.get("least") is not None else []
    return " ".join(parts)


def triggers(table: dict, format: str) -> list[str]:
    """The owners' triggers in SQL."""
    make = _of_postgres if format == "postgres" else _of_sqlite
    return [statement for name in table["triggers"] for statement in make(table, name)]


def _of_sqlite(table: dict, name: str) -> list[str]:
    own, key = table["name"], table["key"]["name"]
    others = ", ".join(
        f'"{column}"' for column in ("tag", *(c["name"] for c in table["columns"] if not c.get("twice")))
    )
    of_row = f'WHERE "{key}" = NEW."{key}"'
    change = {
        "stamp": "\"stamped\" = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        "count": '"edits" = coalesce("edits", 0) + 1',
        "upper": '"shout" = upper("shout")',
        "fill": '"filled" = coalesce("filled", \'filled\')',
    }[name]
    # GDAL lets triggers set off themselves.
    when = 'WHEN NEW."shout" IS NOT upper(NEW."shout") ' if name == "upper" else ""
    body = f'{when}BEGIN UPDATE "{own}" SET {change} {of_row}; END'
    after_update = 'AFTER UPDATE OF "shout"' if name == "upper" else f"AFTER UPDATE OF {others}"
    made = [f'CREATE TRIGGER "{own}_{name}_new" AFTER INSERT ON "{own}" {body}']
    return made if name == "fill" else [*made, f'CREATE TRIGGER "{own}_{name}_old" {after_update} ON "{own}" {body}']


def _of_postgres(table: dict, name: str) -> list[str]:
    own = table["name"]
    change = {
        "stamp": "NEW.stamped := clock_timestamp()",
        "count": "NEW.edits := coalesce(NEW.edits, 0) + 1",
        "upper": "NEW.shout := upper(NEW.shout)",
        "fill": "NEW.filled := coalesce(NEW.filled, 'filled')",
    }[name]
    when = "INSERT" if name == "fill" else "INSERT OR UPDATE"
    return [
        f"CREATE FUNCTION {own}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change}; RETURN NEW; END $$",
        f"CREATE TRIGGER {own}_{name} BEFORE {when} ON {own} FOR EACH ROW EXECUTE FUNCTION {own}_{name}()",
    ]
