"""Which files a package holds, and under which names."""

import json
import zipfile
from pathlib import Path
from unittest import mock

from osgeo import gdal, ogr
from qgis.core import QgsProject, QgsRasterLayer, QgsVectorLayer, QgsVirtualLayerDefinition
from qgis.PyQt.QtCore import QUrl

from fieldlog_qgis.packaging import layer_files

from . import projects
from .packages import PackageCase, add_to, contents, run_in_process, write_raster, write_table
from .test_package_values import fill


class FileCase(PackageCase):
    def setUp(self):
        super().setUp()
        self.project = projects.new_project("Files")

    def shapefile(self, path: Path, name: str) -> QgsVectorLayer:
        path.parent.mkdir(parents=True, exist_ok=True)
        memory = QgsVectorLayer("Point?crs=EPSG:3857&field=name:string(20)", "m", "memory")
        fill(memory, [(name, "Point (1 2)")])
        return self.add(self.project, projects.write_file(memory, path, "ESRI Shapefile"), name)

    def write(self, name: str, text: str = "x") -> Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def pack(self, name: str = "survey.qgs"):
        self.save(self.project, name)
        return self.package(name)

    def names(self, layer) -> list[str]:
        return sorted(feature["name"] for feature in QgsProject.instance().mapLayer(layer.id()).getFeatures())


class LayerFiles(FileCase):
    def test_a_shapefile_comes_with_its_side_files_and_nothing_else(self):
        layer = self.shapefile(self.files / "deep/er/roads.shp", "road")
        for name in ("roads.shp.xml", "roads.qix", "roads.txt", "roads2.dbf", "other.prj"):
            self.write(f"deep/er/{name}")
        packaged = self.pack()
        sides = ["roads.cpg", "roads.dbf", "roads.prj", "roads.qix", "roads.shp", "roads.shp.xml", "roads.shx"]
        self.assertEqual(packaged.files, [*sides, "survey_qfield.qgz"])
        for name in sides:
            self.assertEqual((packaged.export / name).read_bytes(), (self.files / "deep/er" / name).read_bytes(), name)
        self.assertEqual(packaged.layers[layer.id()]["datasource"], "./roads.shp")
        self.assertEqual(self.names(layer), ["road"])

    def test_files_of_one_name_from_two_folders_do_not_overwrite_each_other(self):
        layers = [self.shapefile(self.files / folder / "roads.shp", folder) for folder in ("north", "south")]
        rasters = [
            add_to(self.project, QgsRasterLayer(write_raster(self.folder(f) / "Base.tif", value), f))
            for f, value in (("north", 1), ("south", 2))
        ]
        packaged = self.pack()
        self.assertEqual([self.names(layer) for layer in layers], [["north"], ["south"]])
        self.assertIn("roads_2.dbf", packaged.files)
        self.assertIn("roads_2.shx", packaged.files)
        self.assertEqual(
            sorted(packaged.layers[layer.id()]["filename"] for layer in layers), ["roads.shp", "roads_2.shp"]
        )
        for layer, value in zip(rasters, (1, 2), strict=True):
            path = packaged.export / packaged.layers[layer.id()]["filename"]
            self.assertEqual(gdal.Open(str(path)).ReadRaster(0, 0, 1, 1), bytes([value]))
        self.assertRegex(packaged.log, "'roads.shp' of layer '(north|south)' is packaged as 'roads_2.shp'")

    def folder(self, name: str) -> Path:
        (self.files / name).mkdir(exist_ok=True)
        return self.files / name

    def test_names_that_differ_only_in_case_are_one_name_on_a_device(self):
        layers = [self.shapefile(self.files / path, path[0]) for path in ("a/Roads.shp", "b/roads.shp")]
        packaged = self.pack()
        self.assertEqual(len({name.lower() for name in packaged.files}), len(packaged.files))
        self.assertEqual([self.names(layer) for layer in layers], [["a"], ["b"]])

    def test_a_source_named_as_the_package_names_its_own_is_renamed(self):
        fields = {"name": ogr.OFTString}
        offline = self.add(
            self.project,
            write_table(self.files / "survey.gpkg", "a", ogr.wkbPoint, fields, [("POINT (1 2)", "offline")]),
            "A",
        )
        copied = self.add(
            self.project,
            write_table(self.files / "data.gpkg", "b", ogr.wkbPoint, fields, [("POINT (1 2)", "copied")]),
            "B",
            cloud_action="copy",
        )
        packaged = self.pack()
        self.assertEqual(packaged.files, ["data.gpkg", "data_2.gpkg", "survey_qfield.qgz"])
        self.assertEqual((self.names(offline), self.names(copied)), (["offline"], ["copied"]))

    def test_layers_on_one_file_share_one_copy(self):
        fields = {"name": ogr.OFTString}
        path = self.files / "survey.gpkg"
        layers = [
            self.add(
                self.project, write_table(path, n, ogr.wkbPoint, fields, [("POINT (1 2)", n)]), n, cloud_action="copy"
            )
            for n in "ab"
        ]
        packaged = self.pack()
        self.assertEqual(packaged.files, ["survey.gpkg", "survey_qfield.qgz"])
        self.assertEqual([self.names(layer) for layer in layers], [["a"], ["b"]])

    def test_names_with_spaces_letters_of_the_world_and_percent_signs(self):
        folder = self.files / "Ärger %20 & söhne"
        layers = [self.shapefile(folder / "wége 100%.shp", "shp")]
        (folder / "ñ#1 %41.csv").write_text("name,x,y\ncsv,1,2\n")
        url = bytes(QUrl.fromLocalFile(str(folder / "ñ#1 %41.csv")).toEncoded()).decode()
        layers.append(self.add(self.project, f"{url}?type=csv&xField=x&yField=y&crs=EPSG:3857", "csv", "delimitedtext"))
        rows = [("POINT (1 2)", "gpkg")]
        source = write_table(folder / "da'ta %.gpkg", "tab'le \" %", ogr.wkbPoint, {"name": ogr.OFTString}, rows)
        layers.append(self.add(self.project, source, "gpkg"))
        packaged = self.pack("Projekt Ü %.qgs")
        self.assertEqual([self.names(layer) for layer in layers], [["shp"], ["csv"], ["gpkg"]])
        self.assertIn("Projekt Ü %_qfield.qgz", packaged.files)
        self.assertIn("ñ#1 %41.csv", packaged.files)
        self.assertIn("inside SQLite", packaged.log)

    def test_a_mosaic_comes_with_its_tiles(self):
        folder = self.folder("mosaic")
        self.folder("mosaic/tiles")
        write_raster(folder / "tiles/one.tif", 9)
        gdal.BuildVRT(str(folder / "all.vrt"), [str(folder / "tiles/one.tif")]).Close()
        layer = add_to(self.project, QgsRasterLayer(str(folder / "all.vrt"), "All"))
        packaged = self.pack()
        self.assertEqual(packaged.files, ["all.vrt", "survey_qfield.qgz", "tiles/one.tif"])
        path = packaged.export / packaged.layers[layer.id()]["filename"]
        self.assertEqual(gdal.Open(str(path)).ReadRaster(0, 0, 1, 1), bytes([9]))

    def test_a_zipped_source_and_a_geopackage_raster_are_copied_as_files(self):
        self.write("p.geojson", json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"name": "zip"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}))  # fmt: skip
        with zipfile.ZipFile(self.folder("in") / "points.zip", "w") as archive:
            archive.write(self.files / "p.geojson", "p.geojson")
        (self.files / "p.geojson").unlink()
        zipped = self.add(self.project, f"/vsizip/{self.files}/in/points.zip/p.geojson", "zip")
        write_raster(self.files / "base.tif", 5)
        gdal.Translate(str(self.files / "in/base.gpkg"), str(self.files / "base.tif"), format="GPKG").Close()
        (self.files / "base.tif").unlink()
        raster = add_to(self.project, QgsRasterLayer(f"GPKG:{self.files}/in/base.gpkg:base", "Raster", "gdal"))
        self.assertTrue(raster.isValid())
        packaged = self.pack()
        self.assertEqual(packaged.files, ["base.gpkg", "points.zip", "survey_qfield.qgz"])
        self.assertEqual(self.names(zipped), ["zip"])
        self.assertTrue(packaged.layers[raster.id()]["is_valid"])

    def test_a_virtual_layer_takes_its_own_files_along(self):
        shape = self.files / "deep dir/roads.shp"
        self.shapefile(shape, "road")
        self.project.clear()
        definition = QgsVirtualLayerDefinition()
        definition.addSource("roads", str(shape), "ogr")
        definition.setQuery("SELECT name, geometry FROM roads")
        layer = self.add(self.project, definition.toString(), "Virtual", "virtual")
        packaged = self.pack()
        self.assertIn("roads.shp", packaged.files)
        self.assertEqual(self.names(layer), ["road"])

    def test_a_layer_that_would_not_work_in_the_package_fails_the_job(self):
        layer = self.shapefile(self.files / "roads.shp", "road")
        self.save(self.project)
        with mock.patch.object(layer_files, "_side_files", return_value=iter(())):
            failed = self.try_to_package().feedback
        self.assertRegex(failed["error"], f"^Layer '{layer.name()}' cannot be opened in the package: .+")
        self.assertEqual([step["id"] for step in failed["steps"] if step["stage"] == 1], ["qfield_layer_data"])


class ProjectFiles(FileCase):
    def test_data_and_attachment_folders_come_whole_but_without_project_files(self):
        for name in ("DCIM/a/1.jpg", "base/deep/er/map.mbtiles", "base/other.qgs", "base/other.QGZ", "elsewhere/x.txt"):
            self.write(name)
        self.project.writeEntry(
            "QFieldSync", "dataDirs", ["base", "not there", "", ".", "..", "../x", "base/../elsewhere"]
        )
        packaged = self.pack()
        self.assertEqual(packaged.files, ["DCIM/a/1.jpg", "base/deep/er/map.mbtiles", "survey_qfield.qgz"])

    def test_the_folders_stand_beside_the_project_file(self):
        for name in ("maps/audio/1.wav", "audio/2.wav"):
            self.write(name)
        self.project.writeEntry("QFieldSync", "attachmentDirs", ["audio"])
        packaged = self.pack("maps/survey.qgs")
        self.assertEqual(packaged.files, ["audio/1.wav", "survey_qfield.qgz"])

    def test_the_plugin_and_its_translations_follow_the_name_of_the_project(self):
        for name in (
            "survey.qml",
            "survey_de.qm",
            "survey_FR.qm",
            "survey_deu.qm",
            "survey2.qml",
            "other_de.qm",
            "survey.qm",
        ):
            self.write(name, name)
        packaged = self.pack()
        self.assertEqual(
            packaged.files, ["survey_qfield.qgz", "survey_qfield.qml", "survey_qfield_FR.qm", "survey_qfield_de.qm"]
        )
        self.assertEqual((packaged.export / "survey_qfield.qml").read_text(), "survey.qml")

    def test_a_project_without_layers_is_a_package_of_its_own(self):
        packaged = self.pack()
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])
        self.assertEqual((packaged.layers, packaged.actions, packaged.problems), ({}, {}, []))
        self.assertIsNone(packaged.xml().find("properties/OfflineEditingPlugin"))

    def test_what_is_in_the_folder_of_an_earlier_attempt_is_not_mixed_in(self):
        (self.io / "export").mkdir()
        (self.io / "export/old.txt").write_text("old")
        self.save(self.project)
        packaged = self.package()
        self.assertEqual(packaged.files, ["survey_qfield.qgz"])


class WholeJob(FileCase):
    """In a process of its own, as the worker starts it."""

    STEPS = ["start_qgis_app", "qgis_layers_data", "package_project", "qfield_layer_data", "stop_qgis_app"]

    def test_the_feedback_has_what_the_contract_names(self):
        self.add(self.project, write_table(self.files / "a.gpkg", "a", ogr.wkbPoint, {}, [("POINT (1 2)",)]), "A")
        self.save(self.project)
        before = contents(self.files)
        done, packaged = run_in_process(self.io, "survey.qgs")
        self.assertEqual(done.returncode, 0, done.stderr)
        feedback = packaged.feedback
        self.assertNotIn("error", feedback)
        self.assertEqual(
            (feedback["workflow_id"], feedback["workflow_name"], feedback["workflow_version"]),
            ("package_project", "Package Project", "2.0"),
        )
        self.assertEqual([(step["id"], step["stage"]) for step in feedback["steps"]], [(id, 2) for id in self.STEPS])
        self.assertEqual(
            {step: sorted(outputs) for step, outputs in feedback["outputs"].items()},
            {
                "qgis_layers_data": ["layers_by_id"],
                "package_project": ["layer_actions", "problems"],
                "qfield_layer_data": ["layers_by_id"],
            },
        )
        self.assertEqual(contents(self.files), before)
        self.assertEqual(sorted(path.name for path in self.io.iterdir()), ["export", "feedback.json", "files"])
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])

    def assert_failed(self, name: str, error_type: str, text: str) -> None:
        done, packaged = run_in_process(self.io, name)
        self.assertEqual((done.returncode, packaged.feedback["error_type"]), (0, error_type), done.stderr)
        self.assertIn(text, packaged.feedback["error"])
        self.assertEqual(
            [step["id"] for step in packaged.feedback["steps"] if step["stage"] == 1], ["qgis_layers_data"]
        )
        self.assertFalse(packaged.export.exists())

    def test_a_missing_project_file_is_named(self):
        self.assert_failed("survey.qgs", "FILE_NOT_FOUND", "'survey.qgs' is not among the project's files")

    def test_a_damaged_project_file_is_named_with_the_line(self):
        self.write("survey.qgs", '<qgis version="3.40.6">\n<title>A & B</title>\n</qgis>')
        self.assert_failed("survey.qgs", "INVALID_PROJECT_FILE", "line 2, column 11")

    def test_a_name_that_begins_with_a_dash_is_a_name(self):
        self.save(self.project, "-survey.qgs")
        done, packaged = run_in_process(self.io, "-survey.qgs")
        self.assertEqual(packaged.files, ["-survey_qfield.qgz"], done.stderr)
