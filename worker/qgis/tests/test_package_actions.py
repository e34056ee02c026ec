"""What happens to each kind of layer, and the properties by which edits find their way back."""

from unittest import mock

from osgeo import ogr
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDefaultValue,
    QgsField,
    QgsFieldConstraints,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsVectorLayerJoinInfo,
    QgsVirtualLayerDefinition,
)
from qgis.PyQt.QtCore import QMetaType

from fieldlog_qgis.packaging import core_offline

from . import projects
from .packages import PackageCase, add_to, property_value, write_raster, write_table


class ActionCase(PackageCase):
    def setUp(self):
        super().setUp()
        self.project = projects.new_project()
        self.path = self.files / "survey.gpkg"

    def table(self, name: str, **properties) -> QgsVectorLayer:
        rows = [("POINT (1 2)", f"{name} 1"), ("POINT (3 4)", f"{name} 2")]
        return self.add(
            self.project, write_table(self.path, name, ogr.wkbPoint, {"text": ogr.OFTString}, rows), name, **properties
        )

    def pack(self, **options):
        self.save(self.project)
        return self.package(**options)

    def properties(self, packaged, id: str, *names: str) -> list[str | None]:
        found = packaged.xml().find(f".//maplayer[id='{id}']/customproperties")
        return [property_value(found, name) for name in names]


class Choosing(ActionCase):
    def test_each_configured_action_is_done(self):
        ids = {
            action: self.table(action, cloud_action=action).id()
            for action in ("offline", "no_action", "copy", "keep_existent", "remove")
        }
        packaged = self.pack()
        self.assertEqual(packaged.actions, {ids[action]: {"action": action, "reason": "configured"} for action in ids})
        self.assertEqual(set(packaged.layers), set(ids.values()) - {ids["remove"]})
        self.assertEqual(packaged.layers[ids["offline"]]["filename"], "data.gpkg")
        for action in ("no_action", "copy", "keep_existent"):
            self.assertEqual(packaged.layers[ids[action]]["datasource"], f"./survey.gpkg|layername={action}")
        self.assertEqual(packaged.files, ["data.gpkg", "survey.gpkg", "survey_qfield.qgz"])
        self.assertEqual(packaged.problems, [])

    def test_a_vector_layer_is_taken_offline_when_nothing_is_said_and_the_cable_action_is_ignored(self):
        layer = self.table("wells", action="remove")
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer.id()], {"action": "offline", "reason": "default"})
        self.assertEqual(self.properties(packaged, layer.id(), "QFieldSync/action"), ["remove"])

    def test_rasters_and_virtual_layers_stay_what_they_are(self):
        # Virtual layers look for others in this project only.
        self.project = QgsProject.instance()
        wells = self.table("wells")
        raster = add_to(self.project, QgsRasterLayer(write_raster(self.files / "base.tif"), "Base"))
        definition = QgsVirtualLayerDefinition()
        definition.addSource("wells", wells.id())
        definition.setQuery("SELECT * FROM wells WHERE fid > 1")
        definition.setUid("fid")
        virtual = self.add(self.project, definition.toString(), "Virtual", "virtual")
        self.assertTrue(raster.isValid())
        configured = add_to(
            self.project, QgsRasterLayer(write_raster(self.files / "relief.tif"), "Relief"), cloud_action="offline"
        )
        raster, configured, virtual = raster.id(), configured.id(), virtual.id()
        self.save(self.project)
        # Closing a raster writes beside it.
        self.project.clear()
        for file in self.files.glob("*.aux.xml"):
            file.unlink()
        packaged = self.package()
        QgsProject.instance().clear()
        self.assertEqual(packaged.files, ["base.tif", "data.gpkg", "relief.tif", "survey_qfield.qgz"])
        QgsProject.instance().read(str(packaged.export / "survey_qfield.qgz"))
        self.assertEqual(packaged.actions[raster], {"action": "no_action", "reason": "default"})
        self.assertEqual(packaged.actions[configured], {"action": "no_action", "reason": "not_a_vector_layer"})
        self.assertEqual(packaged.actions[virtual], {"action": "no_action", "reason": "default"})
        self.assertEqual(packaged.layers[raster]["datasource"], "./base.tif")
        found = [feature["text"] for feature in QgsProject.instance().mapLayer(virtual).getFeatures()]
        self.assertEqual(found, ["wells 2"])

    def test_an_unknown_action_is_taken_for_none(self):
        layer = self.table("wells", cloud_action="teleport")
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer.id()], {"action": "offline", "reason": "default"})
        self.assertIn("'teleport'; expected one of offline", packaged.log)

    def test_online_layers_stay_as_they_are_even_when_they_cannot_be_reached(self):
        tiles = "type=xyz&url=http://127.0.0.1:9/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=19&zmin=0"
        good = add_to(self.project, QgsRasterLayer(tiles, "Tiles", "wms"))
        bad = add_to(
            self.project,
            QgsRasterLayer("crs=EPSG:3857&url=http://127.0.0.1:9/wms&layers=a&styles=&format=image/png", "Wms", "wms"),
        )
        self.assertEqual((good.isValid(), bad.isValid()), (True, False))
        packaged = self.pack()
        before = packaged.feedback["outputs"]["qgis_layers_data"]["layers_by_id"]
        for layer in (good, bad):
            self.assertEqual(packaged.layers[layer.id()]["datasource"], before[layer.id()]["datasource"])
            self.assertIn("127.0.0.1:9", packaged.layers[layer.id()]["datasource"])
        self.assertEqual(packaged.actions[bad.id()], {"action": "no_action", "reason": "online_and_not_reachable"})
        self.assertEqual(packaged.problems, [])

    def test_memory_layers_stay_and_are_read_only(self):
        layer = self.add(self.project, "Point?crs=EPSG:3857&field=a:int", "Scratch", "memory")
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer.id()], {"action": "no_action", "reason": "no_usable_key"})
        self.assertTrue(packaged.layers[layer.id()]["is_valid"])


class Removing(ActionCase):
    def test_an_invalid_layer_is_removed_and_the_cause_is_said(self):
        wells = self.table("wells")
        gone = add_to(self.project, QgsVectorLayer(f"{self.files}/gone.gpkg|layername=a", "Gone", "ogr"))
        packaged = self.pack()
        self.assertEqual(list(packaged.layers), [wells.id()])
        self.assertEqual(packaged.actions[gone.id()], {"action": "remove", "reason": "invalid"})
        self.assertEqual(packaged.problems, [{
            "layer_id": gone.id(), "layer_name": "Gone", "code": "removed_invalid",
            "message": "Layer 'Gone' is removed: The file 'gone.gpkg' is not among the project's files.",
        }])  # fmt: skip
        before = packaged.feedback["outputs"]["qgis_layers_data"]["layers_by_id"][gone.id()]
        self.assertEqual(before["error_code"], "invalid_dataprovider")

    def test_ecw_is_removed_valid_or_not(self):
        path = write_raster(self.files / "picture.ECW")
        layer = add_to(self.project, QgsRasterLayer(path, "Aerial"))
        self.assertTrue(layer.isValid())
        packaged = self.pack()
        self.assertEqual(packaged.problem_codes(), [("Aerial", "removed_ecw")])
        self.assertEqual((packaged.layers, packaged.files), ({}, ["survey_qfield.qgz"]))

    def test_localized_layers_stay_as_the_project_file_has_them(self):
        layer = self.table("wells")
        self.save(self.project)
        text = (self.files / "survey.qgs").read_text(encoding="utf-8")
        self.assertIn("./survey.gpkg", text)
        for spelling in ("localized:", "file:localized:"):
            with self.subTest(spelling):
                (self.files / "survey.qgs").write_text(
                    text.replace("./survey.gpkg", f"{spelling}base/x.gpkg"), encoding="utf-8"
                )
                packaged = self.package()
                self.assertEqual(packaged.actions[layer.id()], {"action": "no_action", "reason": "localized"})
                sources = [element.text for element in packaged.xml().iter("datasource") if element.text]
                self.assertEqual(sources, [f"{spelling}base/x.gpkg|layername=wells"])
                found = packaged.layers[layer.id()]
                self.assertEqual((found["is_localized"], found["filename"]), (True, "base/x.gpkg"))
                self.assertEqual(found["error_code"], "localized_dataprovider")
                self.assertEqual((packaged.problems, packaged.files), ([], ["survey_qfield.qgz"]))
                self.assertEqual(packaged.xml().find(f".//maplayer[id='{layer.id()}']").get("readOnly"), "1")
            (self.io / "export/survey_qfield.qgz").unlink()
            (self.io / "export").rmdir()

    def test_groups_that_become_empty_are_removed_and_others_stay_in_order(self):
        root = self.project.layerTreeRoot()
        outer, inner = root.addGroup("Outer"), None
        inner = outer.addGroup("Inner")
        kept = root.addGroup("Kept")
        for group, layer in ((inner, self.table("gone", cloud_action="remove")), (kept, self.table("wells"))):
            group.addLayer(layer)
            root.removeChildNode(root.children()[-1])
        root.addGroup("Never filled")
        packaged = self.pack()
        groups = [group.get("name") for group in packaged.xml().find("layer-tree-group").iter("layer-tree-group")]
        self.assertEqual(groups, [None, "Kept"])


class Keys(ActionCase):
    def test_the_key_column_and_the_layer_id_are_noted(self):
        offline, copied = self.table("wells"), self.table("roads", cloud_action="copy")
        raster = add_to(self.project, QgsRasterLayer(write_raster(self.files / "base.tif"), "Base"))
        packaged = self.pack()
        names = ("QFieldSync/sourceDataPrimaryKeys", "QFieldSync/remoteLayerId", "QFieldSync/unsupported_source_pk")
        self.assertEqual(self.properties(packaged, offline.id(), *names), ["fid", offline.id(), None])
        self.assertEqual(self.properties(packaged, copied.id(), *names), ["fid", copied.id(), None])
        self.assertEqual(self.properties(packaged, raster.id(), *names), [None, raster.id(), None])

    def test_an_offline_layer_says_where_it_comes_from_with_either_converter(self):
        layer = self.table("wells")
        self.save(self.project)
        names = ("isOfflineEditable", "remoteSource", "remoteProvider", "remoteLayerId", "layerNameSuffix")
        for converter in ("pythonmini", "qgiscore"):
            with self.subTest(converter):
                packaged = self.package(converter=converter)
                self.assertEqual(
                    self.properties(packaged, layer.id(), *names),
                    ["true", "./survey.gpkg|layername=wells", "ogr", layer.id(), ""],
                )
                self.assertEqual(packaged.layers[layer.id()]["name"], "wells")
                self.assertEqual(
                    packaged.xml().find("properties/OfflineEditingPlugin/OfflineDbPath").text, "./data.gpkg"
                )
                self.assertEqual([row[0] for row in packaged.rows(layer.id(), "text")], ["wells 1", "wells 2"])
            for file in ("data.gpkg", "survey_qfield.qgz"):
                (self.io / "export" / file).unlink()
            (self.io / "export").rmdir()

    def test_without_a_key_a_layer_stays_and_is_read_only(self):
        (self.files / "notes.csv").write_text("a,b\n1,2\n")
        csv = self.add(self.project, str(self.files / "notes.csv"), "Notes", cloud_action="offline")
        packaged = self.pack()
        self.assertEqual(packaged.actions[csv.id()], {"action": "no_action", "reason": "no_usable_key"})
        self.assertEqual(packaged.problem_codes(), [("Notes", "no_usable_key")])
        self.assertEqual(
            self.properties(packaged, csv.id(), "QFieldSync/unsupported_source_pk", "QFieldSync/sourceDataPrimaryKeys"),
            ["1", None],
        )
        self.assertEqual(packaged.xml().find(f".//maplayer[id='{csv.id()}']").get("readOnly"), "1")
        self.assertEqual(packaged.files, ["notes.csv", "survey_qfield.qgz"])

    def test_a_key_with_a_comma_is_no_key(self):
        source = write_table(self.path, "odd", ogr.wkbPoint, {"text": ogr.OFTString}, [("POINT (1 2)", "a")], fid="a,b")
        layer = self.add(self.project, source, "Odd")
        packaged = self.pack()
        self.assertEqual(packaged.actions[layer.id()], {"action": "no_action", "reason": "no_usable_key"})

    def test_a_field_named_like_the_key_is_one_in_any_case(self):
        (self.files / "notes.csv").write_text("Fid,b\nx,2\n")
        csv = self.add(self.project, str(self.files / "notes.csv"), "Notes")
        packaged = self.pack()
        self.assertEqual(self.properties(packaged, csv.id(), "QFieldSync/sourceDataPrimaryKeys"), ["Fid"])
        self.assertEqual(packaged.rows(csv.id(), "Fid, b"), [("x", "2")])


class Settings(ActionCase):
    """What people have set in a layer survives its conversion."""

    def test_unknown_properties_of_qfieldsync_are_untouched(self):
        layer = self.table("wells", tracking_session_active=True, is_geometry_locked="1", something_new="kept")
        packaged = self.pack()
        names = [f"QFieldSync/{name}" for name in ("tracking_session_active", "is_geometry_locked", "something_new")]
        self.assertEqual(self.properties(packaged, layer.id(), *names), ["true", "1", "kept"])

    def test_constraints_of_the_source_become_the_layers_and_what_the_source_fills_in_may_be_empty(self):
        fields = {}
        for name, is_unique, is_nullable, default in (
            ("code", 1, 1, None),
            ("name", 0, 0, None),
            ("state", 0, 0, "'new'"),
        ):
            definition = ogr.FieldDefn(name, ogr.OFTString)
            definition.SetUnique(is_unique)
            definition.SetNullable(is_nullable)
            definition.SetDefault(default)
            fields[name] = definition
        layer = self.add(self.project, write_table(self.path, "wells", ogr.wkbPoint, fields, []), "Wells")
        soft = QgsFieldConstraints.ConstraintStrength.ConstraintStrengthSoft
        layer.setFieldConstraint(
            layer.fields().lookupField("name"), QgsFieldConstraints.Constraint.ConstraintNotNull, soft
        )
        packaged = self.pack()
        constraints = {e.get("field"): e for e in packaged.xml().find(f".//maplayer[id='{layer.id()}']/constraints")}
        strengths = {name: (e.get("notnull_strength"), e.get("unique_strength")) for name, e in constraints.items()}
        self.assertEqual(
            {name: strengths[name] for name in ("fid", "code", "name", "state")},
            {"fid": ("0", "1"), "code": ("0", "1"), "name": ("2", "0"), "state": ("0", "0")},
        )

    def test_the_new_key_is_hidden_in_every_style_and_the_properties_are_in_every_style(self):
        layer = self.table("wells")
        layer.styleManager().addStyleFromLayer("second")
        layer.styleManager().setCurrentStyle("second")
        layer.setFieldAlias(layer.fields().lookupField("text"), "Text in the second style")
        layer.styleManager().setCurrentStyle("default")
        self.pack()
        reopened = QgsProject.instance().mapLayer(layer.id())
        for style in ("default", "second"):
            with self.subTest(style):
                reopened.styleManager().setCurrentStyle(style)
                self.assertEqual(reopened.editorWidgetSetup(reopened.fields().lookupField("fid_1")).type(), "Hidden")
                self.assertNotEqual(reopened.editorWidgetSetup(reopened.fields().lookupField("text")).type(), "Hidden")
                self.assertEqual(reopened.customProperty("QFieldSync/sourceDataPrimaryKeys"), "fid")
                self.assertEqual(reopened.customProperty("remoteLayerId"), layer.id())
        self.assertEqual(reopened.attributeAlias(reopened.fields().lookupField("text")), "Text in the second style")

    def test_default_values_are_kept_as_they_are_and_never_worked_out(self):
        layer = self.table("wells")
        layer.setDefaultValueDefinition(layer.fields().lookupField("text"), QgsDefaultValue("'made ' || now()", True))
        packaged = self.pack()
        defaults = {e.get("field"): e for e in packaged.xml().find(f".//maplayer[id='{layer.id()}']/defaults")}
        self.assertEqual(
            (defaults["text"].get("expression"), defaults["text"].get("applyOnUpdate")), ("'made ' || now()", "1")
        )
        self.assertEqual([row[0] for row in packaged.rows(layer.id(), "text")], ["wells 1", "wells 2"])

    def test_a_layer_whose_coordinate_system_was_set_by_hand_keeps_it(self):
        layer = self.table("wells")
        layer.setCrs(QgsCoordinateReferenceSystem("EPSG:25832"))
        packaged = self.pack()
        self.assertEqual(packaged.layers[layer.id()]["crs"], "EPSG:25832")

    def test_virtual_fields_and_joins_are_not_copied_but_still_there(self):
        wells, codes = self.table("wells"), self.table("codes")
        wells.addExpressionField('length("text")', QgsField("size", QMetaType.Type.Int))
        join = QgsVectorLayerJoinInfo()
        join.setJoinLayer(codes)
        join.setJoinFieldName("fid")
        join.setTargetFieldName("fid")
        join.setPrefix("code_")
        wells.addJoin(join)
        packaged = self.pack()
        columns = [
            name for (name,) in packaged.sql(f"SELECT name FROM pragma_table_info('{packaged.table(wells.id())}')")
        ]
        self.assertEqual(columns, ["fid_1", "geom", "fid", "text"])
        reopened = QgsProject.instance().mapLayer(wells.id())
        feature = next(reopened.getFeatures('"fid" = 2'))
        self.assertEqual((feature["size"], feature["code_text"]), (len("wells 2"), "codes 2"))


class Converting(ActionCase):
    def test_when_qgis_cannot_convert_a_layer_the_error_names_it_and_the_cause(self):
        self.table("wells")
        (self.files / "notes.csv").write_text("fid,geom\n1,2\n")
        uri = f"file://{self.files}/notes.csv?type=csv&detectTypes=yes&xField=fid&yField=geom&crs=EPSG:3857"
        self.add(self.project, uri, "Notes/1", "delimitedtext")
        self.save(self.project)
        failed = self.try_to_package(converter="qgiscore").feedback
        self.assertEqual((failed["error_class"], failed["error_type"]), ("LayerNotPackaged", "UNABLE_TO_CONTINUE"))
        self.assertRegex(failed["error"], "^QGIS cannot convert layer 'Notes/1': .*geom")
        self.assertEqual([step["id"] for step in failed["steps"] if step["stage"] == 1], ["package_project"])

    def test_features_that_qgis_loses_are_an_error_that_says_how_many(self):
        self.table("wells")
        self.save(self.project)
        with mock.patch.object(core_offline, "_select", return_value=5):
            failed = self.try_to_package(converter="qgiscore").feedback
        self.assertRegex(failed["error"], "^QGIS has copied 2 of 5 features of layer 'wells': ")
