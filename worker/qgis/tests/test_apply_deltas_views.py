"""Views in GeoPackage and SpatiaLite files are written through their triggers, as far as they have some."""

from osgeo import ogr

from .delta_jobs import APPLIED, FAILED, DeltaCase, make_file, rows, sql

INSERT = (
    "CREATE TRIGGER {view}_i INSTEAD OF INSERT ON {view} BEGIN INSERT INTO trees (kind, {geometry})"
    " VALUES (NEW.kind, NEW.{geometry}); END;"
)
UPDATE = (
    "CREATE TRIGGER {view}_u /* INSTEAD OF INSERT */ instead\n of update ON {view} BEGIN"
    " UPDATE trees SET kind = NEW.kind, {geometry} = NEW.{geometry} WHERE {fid} = OLD.{key}; END;"
)
DELETE = "CREATE TRIGGER {view}_d INSTEAD OF DELETE ON {view} BEGIN DELETE FROM trees WHERE {fid} = OLD.{key}; END;"


class ViewCase(DeltaCase):
    """A table of trees with rows 1 to 3, and views of it."""

    def table(self, columns: str) -> list[tuple]:
        return rows(self.path, f"SELECT {columns} FROM trees ORDER BY 1")

    def check_all_methods(self) -> None:
        items = self.apply(
            self.create({"kind": "ash"}, "Point (7 8)", local_pk=70),
            self.patch("", {"kind": "ash"}, {"kind": "fir"}, local_pk=70),
            self.patch(1, {"kind": "oak"}, {"kind": "yew"}),
            self.move(2, "Point (5 6)"),
            self.delete(3, {"kind": "oak"}),
            self.patch(3, {"kind": "oak"}, {"kind": "elm"}),
        )
        self.assertEqual([item["status"] for item in items], [*[APPLIED] * 5, FAILED], items)
        self.assertEqual(items[0]["modified_pk"], "4")
        self.assertEqual((items[0]["after"]["geometry"], items[3]["after"]["geometry"]), ("Point (7 8)", "Point (5 6)"))


class GeopackageViews(ViewCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.gpkg"
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"}) for _ in range(3)])

    def view(self, *triggers: str, columns="fid AS OGC_FID, kind, geom", key="OGC_FID", where="", name="seen") -> None:
        parts = {"view": name, "geometry": "geom", "fid": "fid", "key": key}
        sql(
            self.path,
            f"CREATE VIEW {name} AS SELECT {columns} FROM trees {where};"
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            f" VALUES ('{name}', 'features', '{name}', 4326);"
            f"INSERT INTO gpkg_geometry_columns VALUES ('{name}', 'geom', 'POINT', 4326, 0, 0);"
            + "".join(trigger.format(**parts) for trigger in triggers),
        )
        self.make_project(f"./trees.gpkg|layername={name}")

    def test_all_methods(self):
        for key in ("OGC_FID", "fid", "id"):
            with self.subTest(key):
                self.path.unlink()
                self.setUpFile()
                self.view(INSERT, UPDATE, DELETE, columns=f"fid AS {key}, kind, geom", key=key)
                self.check_all_methods()
                self.assertEqual(self.table("fid, kind"), [(1, "yew"), (2, "oak"), (4, "fir")])
                # What GDAL reads counts and finds the features of the table.
                self.assertEqual(rows(self.path, "SELECT feature_count FROM gpkg_ogr_contents"), [(3,)])
                self.assertEqual(rows(self.path, "SELECT minx FROM rtree_trees_geom WHERE id = 4"), [(7,)])
                self.assertEqual(
                    rows(self.path, "SELECT max_x, max_y FROM gpkg_contents WHERE table_name = 'trees'"), [(7, 8)]
                )

    def setUpFile(self) -> None:
        make_file(self.path, "GPKG", {"kind": ogr.OFTString}, rows=[("POINT (0 0)", {"kind": "oak"}) for _ in range(3)])

    def test_what_a_view_has_no_trigger_for_is_refused(self):
        self.view(UPDATE)
        items = self.apply(
            self.create({"kind": "ash"}), self.patch(1, {"kind": "oak"}, {"kind": "yew"}), self.delete(2)
        )
        self.assertEqual([item["status"] for item in items], [FAILED, APPLIED, FAILED], items)
        self.assertIn(
            "The view 'seen' of layer 'Layer of ./trees.gpkg|layername=seen' has no INSTEAD OF trigger for this",
            items[0]["msg"],
        )
        self.assertEqual(self.table("kind"), [("oak",), ("oak",), ("yew",)])

    def test_without_triggers_it_is_refused(self):
        self.view()
        item = self.apply_one(self.patch(1, {"kind": "oak"}, {"kind": "yew"}))
        self.assert_failed(item, "shows 'seen', which is a view without INSTEAD OF triggers. Give the view triggers")
        self.assertEqual(item["e_type"], "IO")

    def test_a_feature_that_the_view_does_not_show_afterwards_is_not_kept(self):
        self.view(INSERT, UPDATE, where="WHERE kind = 'oak'")
        items = self.apply(
            self.create({"kind": "ash"}),
            self.create({"kind": "oak"}),
            self.patch(1, {"kind": "oak"}, {"kind": "yew"}),
        )
        self.assertEqual([item["status"] for item in items], [FAILED, APPLIED, FAILED], items)
        self.assertIn("shows 0 features that it did not show before; expected one", items[0]["msg"])
        self.assertEqual(self.table("fid, kind"), [(1, "oak"), (2, "oak"), (3, "oak"), (4, "oak")])

    def test_a_trigger_that_stores_something_else_is_found_out(self):
        self.view(
            "CREATE TRIGGER i INSTEAD OF INSERT ON {view} BEGIN INSERT INTO trees (kind) VALUES ('cut'); END;",
            "CREATE TRIGGER u INSTEAD OF UPDATE ON {view} BEGIN SELECT 1; END;",
            "CREATE TRIGGER d INSTEAD OF DELETE ON {view} BEGIN SELECT 1; END;",
        )
        items = self.apply(self.patch(1, {"kind": "oak"}, {"kind": "yew"}), self.delete(2))
        self.assertEqual([item["status"] for item in items], [FAILED] * 2, items)
        self.assertIn("is still there after it was deleted", items[1]["msg"])
        self.assertEqual(self.table("fid, kind"), [(1, "oak"), (2, "oak"), (3, "oak")])

    def test_a_trigger_that_makes_two_features_is_refused(self):
        self.view(INSERT, INSERT.replace("_i ", "_i2 "))
        self.assert_failed(self.apply_one(self.create({"kind": "ash"})), "shows 2 features that it did not show before")
        self.assertEqual(len(self.table("fid")), 3)


class SpatialiteViews(ViewCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "trees.sqlite"
        make_file(
            self.path,
            "SQLite",
            {"kind": ogr.OFTString},
            rows=[("POINT (0 0)", {"kind": "oak"}) for _ in range(3)],
            options=["SPATIALITE=YES"],
        )
        parts = {"view": "seen", "geometry": "GEOMETRY", "fid": "ogc_fid", "key": "ogc_fid"}
        sql(
            self.path,
            "CREATE VIEW seen AS SELECT ogc_fid, kind, GEOMETRY AS geometry FROM trees;"
            "INSERT INTO views_geometry_columns VALUES ('seen', 'geometry', 'ogc_fid', 'trees', 'geometry', 0);"
            + "".join(trigger.format(**parts) for trigger in (INSERT, UPDATE, DELETE)),
        )

    def test_all_methods_through_gdal(self):
        self.make_project("./trees.sqlite|layername=seen")
        self.check_all_methods()
        self.assertEqual(self.table("ogc_fid, kind"), [(1, "yew"), (2, "oak"), (4, "fir")])

    def test_all_methods_through_the_spatialite_provider(self):
        self.make_project(f"dbname='{self.path}' key='ogc_fid' table=\"seen\" (geometry)", provider="spatialite")
        self.check_all_methods()
        self.assertEqual(self.table("ogc_fid, kind"), [(1, "yew"), (2, "oak"), (4, "fir")])
        self.assertEqual(rows(self.path, "SELECT xmin FROM idx_trees_GEOMETRY WHERE pkid = 4"), [(7,)])
