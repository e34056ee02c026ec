"""Makes a case from a seed: everything in it is decided then, so that it can be kept and made smaller."""

import random

from . import formats

_ZONES = ("UTC", "Europe/Zurich", "America/St_Johns", "Asia/Kathmandu", "Pacific/Auckland")
_GEOMETRIES = ("Point", "Point", "Point", "PointZ", "LineString", "Polygon", "MultiPoint", "MultiPolygon", None)
_TEXTS = ("oak", "Bäume é", "it's", "1", "true", "null", "2024-05-06", "a\nb", '{"a": 1}', "00123", "12.0")


def make(seed: int, with_database: bool) -> dict:
    """The case of a seed."""
    return _Maker(random.Random(seed), with_database).case() | {"seed": seed}


class _Maker:
    def __init__(self, chance: random.Random, with_database: bool):
        self._chance = chance
        weights = {"gpkg": 50, "shp": 14, "geojson": 14, "spatialite": 12, "postgres": 10 if with_database else 0}
        self._format = chance.choices(list(weights), list(weights.values()))[0]
        self._tags = 0

    def case(self) -> dict:
        chance = self._chance
        tables = [self._table("trees", chance.choice(_GEOMETRIES))]
        if self._format in formats.WITH_SQL and chance.random() < 0.3:
            tables[0]["key"]["kind"] = chance.choice(("auto", "plain"))
            tables[0]["numbered"] = True
            tables.append(self._table("finds", None) | {"parent": True, "triggers": [], "rows": []})
        devices = [
            {
                "zone": chance.choice(_ZONES),
                "snapshot": chance.choices(("whole", "untagged", "changed"), (6, 2, 2))[0],
                "base64": chance.random() < 0.3,
            }
            for _ in range(chance.choice((1, 2, 2, 3)))
        ]
        made = {"format": self._format, "overwrite": chance.random() < 0.25, "tables": tables, "devices": devices}
        return made | {"steps": self._steps(tables, [device["snapshot"] for device in devices])}

    def _table(self, name: str, geometry: str | None) -> dict:
        chance, with_sql = self._chance, self._format in formats.WITH_SQL
        kinds = list(formats.KINDS[self._format])
        columns = [self._column(f"c{n}", chance.choice(kinds)) for n in range(1, chance.randint(3, 6))]
        numbers = [c["name"] for c in columns if c["kind"] in ("int32", "int64")]
        if with_sql and self._format != "spatialite" and numbers and chance.random() < 0.15:
            columns.append({"name": "twice", "kind": "int64", "twice": numbers[0]})
        if self._format == "postgres":
            key = {"name": "id", "kind": chance.choice(("auto", "uuid", "text"))}
        elif with_sql:
            key = {"name": chance.choice(("fid", "fid", "FID", "id")), "kind": chance.choice(("auto", "plain"))}
        else:
            key = {"name": chance.choice(("fid", "FID", "uuid")), "kind": "plain"}
            key["kind"] = "text" if key["name"] == "uuid" else "plain"
        triggers = [t for t in formats.TRIGGERS if chance.random() < 0.12] if with_sql else []
        table = {"name": name, "key": key, "geometry": geometry, "epsg": chance.choice((4326, 3857, 2056)) if
                 self._format != "geojson" else 4326, "indexed": chance.random() < 0.7, "columns": columns,
                 "triggers": triggers, "numbered": key["kind"] == "plain" and chance.random() < 0.4}  # fmt: skip
        if self._format == "shp" and geometry in ("MultiPolygon",):
            table["geometry"] = "Polygon"
        table["rows"] = [self._row(table) for _ in range(chance.randint(1, 4))]
        if self._format == "geojson":
            # Its readers know the fields that some feature has.
            first = table["rows"][0]
            first["values"] = {column["name"]: self._fitting(column, first["tag"]) for column in columns}
        return table

    def _column(self, name: str, kind: str) -> dict:
        chance, column = self._chance, {"name": name, "kind": kind}
        if self._format not in formats.WITH_SQL or kind in ("json", "binary"):
            return column
        if chance.random() < 0.2:
            column["default"] = self._value(kind)
        if chance.random() < 0.15:
            column["not_null"] = True
        if kind in ("int32", "int64", "text") and chance.random() < 0.1:
            column["unique"] = True
            column.pop("default", None)
        if kind in ("int32", "int64", "real") and chance.random() < 0.15 and column.get("default", 0) >= 0:
            column["least"] = 0
        return column

    def _row(self, table: dict) -> dict:
        tag = self._tag()
        values = {}
        for column in table["columns"]:
            if column.get("twice"):
                continue
            if column.get("not_null") or self._chance.random() < 0.8:
                values[column["name"]] = self._fitting(column, tag)
        return {"tag": tag, "values": values, "wkt": self._wkt(table)}

    def _tag(self) -> str:
        self._tags += 1
        return f"t{self._tags}"

    def _fitting(self, column: dict, tag: str):
        value = self._value(column["kind"])
        if column.get("unique"):
            number = int(tag[1:]) * 100 + self._chance.randint(0, 99)
            return f"u{number}" if column["kind"] == "text" else number
        if column.get("least") is not None:
            return abs(value) % 2**31
        return value

    def _value(self, kind: str):
        chance = self._chance
        if kind in ("int16", "int32", "int64"):
            limit = 2 ** {"int16": 15, "int32": 31, "int64": 63}[kind]
            limit = (
                limit if self._format not in ("shp", "geojson") else min(limit, 10**8 if kind == "int32" else 10**15)
            )
            return chance.choice((0, 1, -1, chance.randint(-100, 100), limit - 1, -limit + 1))
        day = f"20{chance.randint(10, 30)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        hour = f"{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"
        second = chance.choice(("", ".5", ".123"))
        return {
            "real": lambda: chance.choice((0.0, 0.5, 1.1, -273.15, 1e-7, chance.uniform(-1e6, 1e6), 1 / 3)),
            "float": lambda: chance.choice((0.5, -2.25, 1.1, 1e10)),
            "decimal": lambda: chance.choice((0.0, 1.125, -99.9, 1234.567)),
            "text": lambda: chance.choice((*_TEXTS, "x" * chance.randint(11, 300))),
            "text10": lambda: chance.choice(("oak", "Bäume", "0123456789", "é" * 10, "12")),
            "bool": lambda: chance.random() < 0.5,
            "date": lambda: day,
            "time": lambda: hour,
            "datetime": lambda: f"{day}T{hour}{second}Z",
            "clock": lambda: f"{day}T{hour}{second}",
            "json": lambda: chance.choice(
                ({"a": 1}, {"a": [1, 2.5, None], "ü": "é"}, {}, [1, "two"], {"b": {"c": True}})
            ),
            "binary": lambda: chance.choice(
                (chance.randbytes(chance.randint(1, 6)), "eine Länge".encode(), b"a note.")
            ).hex(),
        }[kind]()

    def _wkt(self, table: dict) -> str | None:
        type, chance = table["geometry"], self._chance
        if type is None or chance.random() < 0.08:
            return None
        geographic = table["epsg"] == 4326
        x, y = (
            (chance.uniform(6, 10), chance.uniform(45, 48))
            if geographic
            else (chance.uniform(2.5e6, 2.8e6), chance.uniform(1.1e6, 1.2e6))
        )
        step, digits = (0.001, 6) if geographic else (10, 2)
        z = type.endswith("Z")

        def at(dx: int, dy: int) -> str:
            height = f" {chance.choice((0, 1.5, 440.25))}" if z else ""
            return f"{round(x + dx * step, digits)} {round(y + dy * step, digits)}{height}"

        ring = f"({at(0, 0)}, {at(1, 0)}, {at(1, 1)}, {at(0, 0)})"
        return {
            "Point": f"Point ({at(0, 0)})",
            "PointZ": f"Point Z ({at(0, 0)})",
            "LineString": f"LineString ({at(0, 0)}, {at(1, 2)})",
            "Polygon": f"Polygon ({ring})",
            "MultiPoint": f"MultiPoint (({at(0, 0)}), ({at(3, 3)}))",
            "MultiPolygon": f"MultiPolygon (({ring}))",
        }[type]

    def _steps(self, tables: list[dict], snapshots: list[str]) -> list:
        chance, devices = self._chance, len(snapshots)
        # Nothing can tell which feature a device means that says only what it changed, once the numbers are others.
        remakes = 0 if "changed" in snapshots else 2
        alive = {(number, row["tag"]) for number, table in enumerate(tables) for row in table["rows"]}
        steps = [["package", number] for number in range(devices) if number == 0 or chance.random() < 0.8]
        for _ in range(chance.randint(4, 16)):
            device = chance.randrange(devices)
            verb = chance.choices(("edit", "push", "package", "office", "remake", "restore"), (60, 18, 5, 12, remakes, 3))[0]
            if verb == "edit":
                steps.append(["edit", device, self._op(tables, alive)])
            elif verb == "office":
                steps.append(["office", self._op(tables, alive)])
            else:
                steps.append([verb, *({"remake": [], "restore": [chance.randint(0, 5)]}.get(verb, [device]))])
        return steps + [["push", number] for number in range(devices)]

    def _op(self, tables: list[dict], alive: set) -> dict:
        chance = self._chance
        number = chance.randrange(len(tables))
        table, there = tables[number], sorted(tag for at, tag in alive if at == number)
        method = chance.choices(("create", "patch", "delete"), (30, 58, 12))[0] if there else "create"
        # The newest more often: those are what devices work on, and whose keys are given out again.
        tag = self._tag() if method == "create" else chance.choice([*there, *there[-2:], *there[-1:]])
        op = {"op": method, "table": number, "tag": tag}
        if method == "delete":
            return op
        alive.add((number, tag))
        values = {}
        for column in table["columns"]:
            likely = 0.75 if method == "create" else 0.35
            if column.get("twice") or chance.random() > likely:
                continue
            nothing = chance.random() < 0.1 and not (column.get("not_null") and chance.random() < 0.9)
            value = None if nothing else self._fitting(column, tag)
            values[column["name"]] = (
                -abs(value) - 1 if column.get("least") is not None and value and chance.random() < 0.05 else value
            )
        if "upper" in table["triggers"] and chance.random() < 0.5:
            values["shout"] = chance.choice(("oak", "Elm", "ASH"))
        if table.get("parent") and (method == "create" or chance.random() < 0.3):
            parents = sorted(tag for at, tag in alive if at == 0)
            values["parent"] = chance.choice([*parents, *parents[-2:]]) if parents else None
        op["values"] = values
        if table["geometry"] and (method == "create" or chance.random() < 0.3):
            op["wkt"] = self._wkt(table)
        return op
