"""No device is in conflict with itself: what it was shown, or sent, is the same value when it says what it saw."""

from osgeo import ogr

from .databases import PostgresCase
from .delta_jobs import CONFLICT, FAILED, DeltaCase, make_file, rows, sql

PNG = b"\x89PNG\r\n\x1a\n\0"
COLUMNS = "ALTER TABLE trees ADD COLUMN {};"


class Geopackage(DeltaCase):
    def make(self, *columns: str, values: str = "") -> None:
        path = self.files / "trees.gpkg"
        make_file(path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})])
        sql(path, "".join(map(COLUMNS.format, columns)) + (f"UPDATE trees SET {values};" if values else ""))
        self.make_project("./trees.gpkg|layername=trees")

    def stored(self, columns: str) -> tuple:
        return rows(self.files / "trees.gpkg", f"SELECT {columns} FROM trees WHERE fid = 1")[0]

    def test_a_time_without_a_zone_is_in_the_zone_of_the_device(self):
        self.make("seen DATETIME", values="seen = '2026-11-30T23:47:31.332'")
        said, new = "2026-11-30T21:47:31.332Z", "2026-12-01T08:00:00.000Z"
        self.assert_applied(self.apply_one(self.patch(1, {"seen": said}, {"seen": new})))
        # As the device said it, with its zone.
        self.assertEqual(self.stored("seen"), (new,))

    def test_one_device_has_one_zone(self):
        self.make("seen DATETIME", "left DATETIME",
                  values="seen = '2026-11-30T23:47:31.332', left = '2026-11-30T23:59:00.000'")  # fmt: skip
        old = {"seen": "2026-11-30T21:47:31.332Z", "left": "2026-11-30T20:59:00.000Z"}
        item = self.apply_one(self.patch(1, old, {"seen": None, "left": None}))
        self.assertEqual(item["status"], CONFLICT, item["msg"])
        self.assertIn("'left'", item["msg"])

    def test_values_that_json_and_gdal_show_otherwise(self):
        for column, value, said, new in (
            ("x REAL", "9e999", None, 1.5),
            ("x BOOLEAN", "'True'", False, True),
            ("x BOOLEAN", "2", True, False),
            ("x DATETIME", "'2026-06-02T10:00:00.123456Z'", "2026-06-02T10:00:00.123Z", None),
            ("x DATE", "'2026-06-02T10:00:00Z'", "2026-06-02", "2026-06-03"),
            ("x INTEGER", "'5x'", 5, 6),
            ("x TEXT(5)", "'abcdefgh'", "abcde", "abc"),
            ("x BLOB", "x'89504e470d0a1a0a00'", "\ufffdPNG\r\n\x1a\n\0", None),
            ("x BLOB", "x'89504e470d0a1a0a00'", "iVBORw0KGgoA", None),
        ):
            with self.subTest(column=column, value=value, said=said):
                self.make(column, values=f"x = {value}")
                self.assert_applied(self.apply_one(self.patch(1, {"x": said}, {"x": new})))
                (self.files / "trees.gpkg").unlink()

    def test_bytes_are_written_as_the_device_writes_them(self):
        as_text, as_base64 = PNG.decode("utf-8", "replace"), "iVBORw0KGgoA"
        for old, new, stored in (
            (as_text, "abcd", b"abcd"),
            (as_base64, "abcd", b"i\xb7\x1d"),
            (None, "hello", b"hello"),
            (None, "YWJjZA", b"abcd"),
            (None, "AP8=", b"\0\xff"),
            (as_text, as_text + "x", None),
            (None, "abcd", None),
            (None, "\ufffdPNG", None),
        ):
            with self.subTest(old=old, new=new):
                self.make("data BLOB", values="data = x'89504e470d0a1a0a00'" if old else "data = NULL")
                item = self.apply_one(self.patch(1, {"data": old}, {"data": new}))
                if stored is None:
                    self.assert_failed(item, "Field 'data' cannot hold", FAILED)
                else:
                    self.assert_applied(item)
                    self.assertEqual(self.stored("data"), (stored,))
                (self.files / "trees.gpkg").unlink()


class Postgres(PostgresCase):
    def test_what_the_database_keeps_finer_or_otherwise(self):
        self.query(f"ALTER TABLE {self.name} ADD local timestamp, ADD fixed char(5), ADD cost numeric(10, 2)")
        self.make_project(self.source, provider="postgres")
        for column, value, said in (
            ("seen", "'2026-06-02T10:00:00.123456Z'", "2026-06-02T10:00:00.123Z"),
            ("seen", "'2026-06-02T10:00:00.123656Z'", "2026-06-02T12:00:00.124+02:00"),
            ("local", "'2026-06-02T12:00:00.123456'", "2026-06-02T10:00:00.123Z"),
            ("clock", "'09:05:01.5'", "09:05:01.500"),
            ("fixed", "'oak'", "oak"),
            ("cost", "12.50", 12.5),
            ("ratio", "0.1", 0.10000000149011612),
            ("notes", """'{"b": 1.0, "a": [1]}'""", '{"a": [1.0], "b": 1}'),
            ("tags", "'{a,b}'", ["a", "b"]),
            ("code", "'6f1c1f0e-4a4d-4f3b-9e0c-0a3b5b0f5b11'", "{6F1C1F0E-4A4D-4F3B-9E0C-0A3B5B0F5B11}"),
            ("data", "'\\x89504e47'", "\ufffdPNG"),
        ):
            with self.subTest(column=column, said=said):
                self.query(f"UPDATE {self.name} SET {column} = {value}")
                self.assert_applied(self.apply_one(self.patch(1, {column: said}, {column: None})))
