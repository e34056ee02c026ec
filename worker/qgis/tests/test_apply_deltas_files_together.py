"""Files that mean something only together: what stands in a log counts once, and what would mislead is gone."""

import os
import shutil
import sqlite3
import struct
from pathlib import Path

from osgeo import gdal, ogr

from .delta_jobs import FAILED, DeltaCase, make_file, rows

JOURNALS = ("-wal", "-shm", "-journal")


def connect(path: Path) -> sqlite3.Connection:
    """A connection that can change trees without changing their places."""
    connection = sqlite3.connect(path, isolation_level=None)
    for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
        connection.create_function(name, 1, lambda _: 0)
    return connection


class Database(DeltaCase):
    """A GeoPackage as it is uploaded while somebody works with it."""

    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"
        trees = [(f"POINT ({n} 0)", {"kind": f"base {n}"}) for n in range(1, 6)]
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, rows=trees)
        self.make_project("./trees.gpkg|layername=trees")

    def open_with(self, *statements: str, mode="WAL") -> dict[str, bytes]:
        """The files beside the database, and itself, while a program has these statements in its log."""
        connection = connect(self.path)
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        for statement in statements:
            connection.execute(statement)
        found = self.beside()
        connection.close()
        return found

    def beside(self) -> dict[str, bytes]:
        return {name: (self.files / name).read_bytes() for name in os.listdir(self.files) if name.startswith("trees.")}

    def put(self, files: dict[str, bytes]) -> None:
        for name in self.beside():
            (self.files / name).unlink()
        for name, content in files.items():
            (self.files / name).write_bytes(content)

    def kinds(self) -> list[str]:
        """What the file says alone, without anything beside it."""
        self.assertEqual(list(self.beside()), ["trees.gpkg"])
        alone = self.io / "alone.gpkg"
        shutil.copyfile(self.path, alone)
        self.assertEqual(rows(alone, "PRAGMA integrity_check"), [("ok",)])
        return [kind for (kind,) in rows(alone, "SELECT kind FROM trees ORDER BY fid")]

    def test_a_log_counts_once(self):
        self.put(self.open_with("UPDATE trees SET kind = 'in the log' WHERE fid = 1"))
        self.assertIn("trees.gpkg-wal", self.beside())
        self.assert_applied(self.apply_one(self.patch(2, {"kind": "base 2"}, {"kind": "field 2"})))
        self.assertEqual(self.kinds(), ["in the log", "field 2", "base 3", "base 4", "base 5"])
        self.assert_applied(self.apply_one(self.patch(3, {"kind": "base 3"}, {"kind": "field 3"})))
        self.assertEqual(self.kinds(), ["in the log", "field 2", "field 3", "base 4", "base 5"])

    def test_a_feature_that_is_in_the_log_alone_is_edited(self):
        self.put(self.open_with("INSERT INTO trees (kind) VALUES ('new in the log')"))
        self.assert_applied(self.apply_one(self.patch(6, {"kind": "new in the log"}, {"kind": "field"})))
        self.assertEqual(self.kinds()[5:], ["field"])

    def test_the_closed_file_is_not_damaged_by_a_log_from_before(self):
        first = self.open_with("UPDATE trees SET kind = 'old'")
        connection = connect(self.path)
        connection.execute("UPDATE trees SET kind = 'closed ' || fid")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        self.put({**first, "trees.gpkg": self.path.read_bytes()})
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "closed 1"}, {"kind": "field"})))
        self.assertEqual(self.kinds(), ["field", "closed 2", "closed 3", "closed 4", "closed 5"])

    def test_a_log_from_before_is_told_by_its_pages_where_the_file_stays_open(self):
        names = [f"base {n} {'x' * 900}" for n in range(300)]
        connection = connect(self.path)
        connection.executemany("INSERT INTO trees (kind) VALUES (?)", [(name,) for name in names])
        connection.close()
        first = self.open_with("UPDATE trees SET kind = 'old ' || kind")
        connection = connect(self.path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("DELETE FROM trees WHERE fid > 5")
        connection.execute("UPDATE trees SET kind = 'later'")
        connection.execute("VACUUM")
        connection.close()
        self.put({**first, "trees.gpkg": self.path.read_bytes()})
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "later"}, {"kind": "field"})))
        self.assertEqual(self.kinds(), ["field", *["later"] * 4])

    def hot_journal(self) -> dict[str, bytes]:
        """A database whose writer was killed in the middle of a transaction that is in the file already."""
        connection = connect(self.path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("PRAGMA cache_spill = 1")
        connection.execute("BEGIN")
        # The first page, which says how often the file was changed, is in the journal then.
        connection.execute("CREATE TABLE unfinished (kind TEXT)")
        connection.execute("UPDATE trees SET kind = 'unfinished'")
        connection.executemany("INSERT INTO trees (kind) VALUES (?)", [("unfinished" * 300,)] * 200)
        found = self.beside()
        connection.execute("ROLLBACK")
        connection.close()
        return found

    def test_a_hot_journal_is_rolled_back_once(self):
        found = self.hot_journal()
        self.assertTrue(found["trees.gpkg-journal"])
        self.put(found)
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "base 1"}, {"kind": "field"})))
        self.assertEqual(self.kinds(), ["field", "base 2", "base 3", "base 4", "base 5"])

    def test_a_journal_from_before_does_not_take_back_what_came_after_it(self):
        journal = self.hot_journal()["trees.gpkg-journal"]
        connection = connect(self.path)
        for n in range(3):
            connection.execute(f"UPDATE trees SET kind = 'later {n}'")
        connection.close()
        (self.files / "trees.gpkg-journal").write_bytes(journal)
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "later 2"}, {"kind": "field"})))
        self.assertEqual(self.kinds(), ["field", *["later 2"] * 4])

    def test_a_log_that_is_damaged_does_not_damage(self):
        found = self.open_with("UPDATE trees SET kind = 'in the log'")
        log = bytearray(found["trees.gpkg-wal"])
        log[100:2000] = os.urandom(1900)
        self.put({**found, "trees.gpkg-wal": bytes(log)})
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "base 1"}, {"kind": "field"})))
        self.assertEqual(self.kinds(), ["field", "base 2", "base 3", "base 4", "base 5"])

    def test_files_that_nothing_is_written_to_stay_as_they_are(self):
        other = self.files / "others.gpkg"
        make_file(other, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"})], name="others")
        self.make_project("./trees.gpkg|layername=trees", "./others.gpkg|layername=others")
        self.put(self.open_with("UPDATE trees SET kind = 'in the log' WHERE fid = 1"))
        before = self.beside()
        others = self.delta("patch", 1, {"attributes": {"kind": "oak"}}, {"attributes": {"kind": "ash"}})
        layer = (self.files / "survey.qgs").read_text(encoding="utf-8").split("<id>")[2].split("<")[0]
        self.assert_applied(self.apply_one(others | {"sourceLayerId": layer, "localLayerId": layer}))
        self.assertEqual(self.beside(), before)
        self.assertEqual(rows(other, "SELECT kind FROM others"), [("ash",)])

    def test_what_a_job_wrote_is_closed(self):
        self.put({name: content for name, content in self.open_with().items() if name == "trees.gpkg"})
        self.assertEqual(self.path.read_bytes()[19], 2)
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "base 1"}, {"kind": "field"})))
        self.assertEqual(self.path.read_bytes()[19], 1)
        self.assertEqual(self.kinds()[0], "field")


class Spatialite(DeltaCase):
    def test_a_log_counts_once(self):
        path = self.files / "trees.sqlite"
        oaks = [("POINT (0 0)", {"kind": "oak"})] * 2
        make_file(path, "SQLite", {"kind": ogr.OFTString}, rows=oaks, options=["SPATIALITE=YES"])
        self.make_project("./trees.sqlite|layername=trees")
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.execute("INSERT INTO notes VALUES ('in the log')")
        found = {name: (self.files / name).read_bytes() for name in os.listdir(self.files) if name.startswith("trees.")}
        connection.close()
        for name, content in found.items():
            (self.files / name).write_bytes(content)
        self.assert_applied(self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "ash"})))
        self.assertEqual([name for name in os.listdir(self.files) if name.startswith("trees.")], ["trees.sqlite"])
        self.assertEqual(rows(path, "SELECT text FROM notes"), [("in the log",)])
        self.assertEqual(rows(path, "SELECT kind FROM trees ORDER BY 1"), [("ash",), ("oak",)])


class Shapefile(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.shp"
        trees = [(f"POINT ({n} 0)", {"fid": n, "kind": f"base {n}"}) for n in range(1, 4)]
        make_file(self.path, "ESRI Shapefile", {"fid": ogr.OFTInteger64, "kind": ogr.OFTString}, rows=trees)
        self.make_project("./trees.shp")

    def copies(self) -> dict[str, bytes]:
        return {file.suffix: file.read_bytes() for file in self.files.glob("trees.*")}

    def longer(self) -> dict[str, bytes]:
        """The files of the same shapefile with one more tree."""
        folder = self.io / "longer"
        folder.mkdir()
        trees = [(f"POINT ({n} 0)", {"fid": n, "kind": f"base {n}"}) for n in range(1, 5)]
        make_file(folder / "trees.shp", "ESRI Shapefile", {"fid": ogr.OFTInteger64, "kind": ogr.OFTString}, rows=trees)
        return {file.suffix: file.read_bytes() for file in folder.iterdir()}

    def test_nothing_is_written_in_the_middle_of_an_upload(self):
        longer = self.longer()
        whole = self.copies()
        for arrived in ([".dbf"], [".dbf", ".shx"], [".shp"], [".shp", ".shx"], [".shx"]):
            with self.subTest(arrived=arrived):
                for suffix, content in whole.items():
                    self.path.with_suffix(suffix).write_bytes(longer[suffix] if suffix in arrived else content)
                before = self.copies()
                item = self.apply_one(self.patch(1, {"kind": "base 1"}, {"kind": "field"}))
                if arrived == [".shp"]:
                    # The old index leads to the old records, which the new file has in their places.
                    self.assert_applied(item)
                    continue
                self.assert_failed(item, "do not fit together", FAILED)
                self.assertIn("Upload all of them", item["msg"])
                self.assertEqual(self.copies(), before)

    def test_the_job_says_that_files_do_not_fit_together(self):
        self.path.with_suffix(".dbf").write_bytes(self.longer()[".dbf"])
        self.write([self.patch(1, {"kind": "base 1"}, {"kind": "field"})])
        said = self.run_job().feedback["outputs"]["apply_deltas"]["torn_files"]
        self.assertEqual(len(said), 1)
        self.assertIn("'trees.shx' has 3 records and 'trees.dbf' has 4", said[0])

    def test_indexes_that_would_hide_features_are_gone(self):
        left = [".sbn", ".sbx", ".fbn", ".fbx", ".ain", ".aih", ".ixs", ".mxs", ".idm", ".ind", ".kind.atx"]
        for suffix in left:
            (self.files / f"trees{suffix}").write_bytes(struct.pack(">I", 9994) + bytes(200))
        (self.files / "trees.sbn.txt").write_text("no index")
        (self.files / "trees2.sbn").write_bytes(b"of another file")
        self.assert_applied(self.apply_one(self.move(1, "Point (50 50)", "Point (1 0)")))
        found = {file.name for file in self.files.glob("trees*")}
        self.assertLessEqual({"trees.shp", "trees.shx", "trees.dbf", "trees.prj", "trees.sbn.txt", "trees2.sbn"}, found)
        self.assertFalse({f"trees{suffix}" for suffix in left} & found)

    def test_a_spatial_index_of_an_earlier_state_is_made_anew(self):
        dataset = gdal.OpenEx(str(self.path), gdal.OF_UPDATE)
        dataset.ExecuteSQL("CREATE SPATIAL INDEX ON trees")
        dataset.Close()
        stale = self.path.with_suffix(".qix").read_bytes()
        self.assert_applied(self.apply_one(self.move(1, "Point (50 50)", "Point (1 0)")))
        self.assertNotEqual(self.path.with_suffix(".qix").read_bytes(), stale)
        dataset = gdal.OpenEx(str(self.path))
        layer = dataset.GetLayer(0)
        layer.SetSpatialFilterRect(49, 49, 51, 51)
        self.assertEqual([feature["fid"] for feature in layer], [1])
