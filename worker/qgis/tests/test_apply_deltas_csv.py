"""CSV files are written exactly: nothing changes but the cells that a delta names."""

from pathlib import Path

from qgis.core import QgsFieldConstraints, QgsVectorLayer
from qgis.PyQt.QtCore import QUrl

from .delta_jobs import APPLIED, CONFLICT, FAILED, DeltaCase

TEXT = 'fid;name;x;y;note\r\n1;"oak";7.5;46;"a ""b"""\r\n2;elm;;;\r\n\r\n5;"a;b";7;46.25;"two\nlines"\r\n'


class CsvCase(DeltaCase):
    def setUp(self):
        super().setUp()
        self.path = self.files / "tree s+é.csv"

    def delimited(self, text: str, options: str, encoding="utf-8", prepare=None) -> None:
        """A project over the file through the provider of delimited text."""
        self.path.write_bytes(text.encode(encoding))
        source = bytes(QUrl.fromLocalFile(str(self.path)).toEncoded()).decode() + f"?type=csv&{options}"
        self.make_project(source, provider="delimitedtext", prepare=prepare)

    def gdal(self, text: str, options="", encoding="utf-8", prepare=None) -> None:
        """A project over the file through GDAL."""
        self.path.write_bytes(text.encode(encoding))
        self.make_project(f"./{self.path.name}{options}", prepare=prepare)

    def shown(self, encoding="utf-8") -> str:
        return self.path.read_bytes().decode(encoding)

    def assert_becomes(self, text: str, encoding="utf-8") -> None:
        self.assertEqual(self.shown(encoding), text)


class DelimitedText(CsvCase):
    POINTS = "delimiter=;&xField=x&yField=y&crs=EPSG:4326&detectTypes=yes"

    def test_all_methods_and_nothing_else_changes(self):
        self.delimited(TEXT, self.POINTS)
        items = self.apply(
            self.create({"name": 'new "one"', "note": None}, "Point (8.125 47)", local_pk=70),
            self.patch("", {"note": None}, {"note": "x;y"}, local_pk=70),
            self.patch(1, {"name": "oak"}, {"name": "ash"}),
            self.patch(1, {"name": "oak"}, {"name": "fir"}),
            self.move(5, "Point (1 2)", "Point (7 46.25)"),
            self.move(5, "LineString (0 0, 1 1)", "Point (1 2)"),
            self.delete(2, {"name": "elm"}),
        )
        self.assertEqual(
            [item["status"] for item in items], [*[APPLIED] * 3, CONFLICT, APPLIED, FAILED, APPLIED], items
        )
        self.assertEqual(items[0]["modified_pk"], "6")
        self.assertEqual(items[0]["after"]["geometry"], "Point (8.125 47)")
        self.assert_becomes(
            'fid;name;x;y;note\r\n1;"ash";7.5;46;"a ""b"""\r\n\r\n5;"a;b";1;2;"two\nlines"\r\n'
            '6;"new ""one""";8.125;47;"x;y"\r\n'
        )
        layer = QgsVectorLayer(self.source(), "again", "delimitedtext")
        self.assertEqual([feature["name"] for feature in layer.getFeatures()], ["ash", "a;b", 'new "one"'])

    def source(self) -> str:
        return bytes(QUrl.fromLocalFile(str(self.path)).toEncoded()).decode() + f"?type=csv&{self.POINTS}"

    def test_a_file_that_no_delta_changes_is_not_written(self):
        self.delimited(TEXT, self.POINTS)
        written = self.path.stat().st_mtime_ns
        items = self.apply(self.patch(1, {"name": "oak"}, {"name": "oak"}), self.create({"fid": "x"}), self.delete(77))
        self.assertEqual([item["status"] for item in items], [APPLIED, FAILED, FAILED], items)
        self.assertEqual(self.path.stat().st_mtime_ns, written)

    def test_places_in_wkt_and_in_no_column(self):
        text = 'fid,shape,name\n1,"Point Z (1 2 3)",a\n2,,b\n'
        self.delimited(text, "wktField=shape&crs=EPSG:4326&detectTypes=yes")
        items = self.apply(
            self.move(2, "PointZ (4 5 6)", None), self.create({"name": "c"}, None), self.move(1, None, "PointZ (1 2 3)")
        )
        self.assert_applied(*items)
        self.assert_becomes("fid,shape,name\n1,,a\n2,Point Z (4 5 6),b\n3,,c\n")
        self.delimited(text, "geomType=none&detectTypes=yes")
        self.assert_applied(self.apply_one(self.patch(1, {"name": "a"}, {"name": "z"})))
        self.assert_becomes(text.replace(",a\n", ",z\n"))

    def test_encodings_and_marks_are_kept(self):
        text = "fid,name\r\n1,größe\r\n2,b"
        for encoding in ("utf-8", "utf-8-sig", "iso-8859-1", "windows-1252"):
            with self.subTest(encoding):
                option = encoding.removesuffix("-sig").upper()
                self.delimited(text, f"detectTypes=yes&encoding={option}", encoding)
                self.assert_applied(
                    *self.apply(self.patch(2, {"name": "b"}, {"name": "ü"}), self.create({"name": "c"}))
                )
                self.assert_becomes("fid,name\r\n1,größe\r\n2,ü\r\n3,c", encoding)
        self.assert_failed(self.apply_one(self.patch(2, {"name": "ü"}, {"name": "日"})), "has no '日' to store")

    def test_values_of_all_types_are_written_as_the_file_writes_them(self):
        text = "fid,ok,size,day,seen,count,when\n1,1,0.5,2024-02-29,2024-02-29T10:00:00,007,10:30:00\n2,0,,,,8,\n"
        self.delimited(text, "detectTypes=yes")
        values = {"ok": True, "size": 0.1, "day": "2025-01-31", "seen": "2025-01-31T10:00:00.000", "count": 3}
        self.assert_applied(item := self.apply_one(self.create(values | {"when": "11:00:00"})))
        self.assert_becomes(f"{text}3,1,0.1,2025-01-31,2025-01-31T10:00:00.000,3,11:00:00\n")
        self.assertEqual({name: item["after"]["attributes"][name] for name in values}, values)
        self.assert_applied(self.apply_one(self.patch(1, {"count": 7}, {"count": 9})))
        self.assertIn("1,1,0.5,2024-02-29,2024-02-29T10:00:00,9,10:30:00\n", self.shown())

    def test_what_could_not_be_written_exactly_takes_no_edits(self):
        for text, options, words in (
            ("a line\nfid,name\n1,a\n", "skipLines=1", "is read with 'skipLines=1'"),
            ("fid;size\n1;1,5\n", "delimiter=;&decimalPoint=,&detectTypes=yes", "is read with 'decimalPoint=,'"),
            ("fid,name\n1, a\n", "trimFields=yes", "is read with 'trimFields=yes'"),
            ("fid,name\n1,'a'\n", "quote='", "is read with 'quote='"),
            ("fid,name\n1,a\n", "encoding=unheard", "has the encoding 'unheard'"),
            ("fid,name,name\n5,a,b\n", "detectTypes=yes", "the file's first line names"),
            ("fid,name\n1,a\n5,b,more\n", "detectTypes=yes", "the file's first line names"),
            ('fid,name\n5,"b" c\n', "detectTypes=yes", "line 2 has a quote that does not end, or text behind one"),
            ("fid,name\n1,a\n", "detectTypes=yes", "has the key 'fid' with true or false"),
        ):
            with self.subTest(options + text):
                self.delimited(text, options)
                item = self.apply_one(self.patch(1, {"name": "a"}, {"name": "b"}))
                self.assertEqual((item["status"], item["e_type"]), (FAILED, "IO"), item)
                self.assertIn(words, item["msg"])
                self.assertIn("Save it as GeoPackage", item["msg"])
                self.assert_becomes(text)


class Gdal(CsvCase):
    def test_all_methods_and_nothing_else_changes(self):
        for text in (
            "fid,name,x\n1,oak,\n2,,b\n\n7,elm",
            "fid\tname\tx\r\n1\toak\t\r\n2\t\tb\r\n7\telm",
            'fid|name|x\n"1"|"oak"|""\n"2"||b\n"7"|"elm"',
        ):
            with self.subTest(text):
                self.gdal(text)
                items = self.apply(
                    self.create({"name": "ash", "x": " y"}, None),
                    self.patch(1, {"name": "oak"}, {"name": "fir"}),
                    self.delete(2, {"x": "b"}),
                    self.patch(7, {"x": None}, {"x": "10"}),
                )
                self.assert_applied(*items)
                self.assertEqual(items[0]["modified_pk"], "8")
                found = QgsVectorLayer(str(self.path), "again", "ogr").getFeatures()
                expected = [["1", "fir", ""], ["7", "elm", "10"], ["8", "ash", " y"]]
                self.assertEqual([feature.attributes() for feature in found], expected)
                self.assertEqual(self.shown().split("\n")[0], text.split("\n")[0])
                self.assertFalse(self.shown().endswith("\n"))

    def test_places_from_columns_that_gdal_is_told_or_finds(self):
        text = "fid,lon,lat,name\n1,7.5,46.0,a\n2,,,b\n"
        for options, types in (
            ("|option:X_POSSIBLE_NAMES=lon|option:Y_POSSIBLE_NAMES=lat", None),
            ("", "Integer,CoordX,CoordY,String"),
        ):
            with self.subTest(options):
                if types:
                    self.path.with_suffix(".csvt").write_text(types)
                self.gdal(text, options)
                items = self.apply(
                    self.move(1, "Point (8 9.5)", "Point (7.5 46)"), self.create({"name": "c"}, "Point (1 2)")
                )
                self.assert_applied(*items)
                self.assert_becomes("fid,lon,lat,name\n1,8,9.5,a\n2,,,b\n3,1,2,c\n")
        self.path.with_suffix(".csvt").unlink()
        self.gdal('fid,WKT,name\n1,"POINT (1 2)",a\n')
        self.assert_applied(self.apply_one(self.move(1, "Point (3 4)", "Point (1 2)")))
        self.assert_becomes('fid,WKT,name\n1,"Point (3 4)",a\n')

    def test_a_key_that_the_project_says_is_one(self):
        def prepare(_project, layer):
            for kind in ("NotNull", "Unique"):
                constraint = getattr(QgsFieldConstraints.Constraint, f"Constraint{kind}")
                layer.setFieldConstraint(layer.fields().indexOf("code"), constraint)

        self.gdal("code,name\nA1,a\nB2,b\n", prepare=prepare)
        items = self.apply(self.patch("B2", {"name": "b"}, {"name": "c"}), self.create({"code": "C3"}, None))
        self.assert_applied(*items)
        self.assert_becomes("code,name\nA1,a\nB2,c\nC3,\n")
        self.assert_failed(self.apply_one(self.create({"name": "no code"}, None)), "gave the feature no 'code'")
        self.assertEqual(Path(self.path).read_text(), "code,name\nA1,a\nB2,c\nC3,\n")

    def test_a_delta_that_fails_takes_back_what_it_began(self):
        text = "fid,WKT,name\n1,,a\n"
        self.gdal(text)
        item = self.apply_one(self.create({"name": "b", "WKT": "Point (9 9)"}, "Point (1 2)"))
        self.assert_failed(item, "Field 'WKT' was stored as")
        self.assert_becomes(text)
