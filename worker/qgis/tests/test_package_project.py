"""What a project has besides its layers: all of it survives packaging."""

import xml.etree.ElementTree as ElementTree
import zipfile

from osgeo import ogr
from qgis.core import (
    Qgis,
    QgsEditorWidgetSetup,
    QgsLayoutItemPicture,
    QgsMapThemeCollection,
    QgsMarkerSymbol,
    QgsPrintLayout,
    QgsProject,
    QgsRasterMarkerSymbolLayer,
    QgsRectangle,
    QgsRelation,
    QgsRelationContext,
    QgsSingleSymbolRenderer,
    QgsSvgMarkerSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor, QImage

from . import projects
from .packages import PackageCase, write_table

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'


class ProjectCase(PackageCase):
    def setUp(self):
        super().setUp()
        self.project = projects.new_project("Wells")

    def wells(self, name: str = "wells", **properties) -> QgsVectorLayer:
        fields = {"kind": ogr.OFTInteger, "text": ogr.OFTString}
        source = write_table(self.files / "survey.gpkg", name, ogr.wkbPoint, fields, [("POINT (1 2)", 1, "a")])
        return self.add(self.project, source, name, **properties)

    def pack(self, name: str = "survey.qgs", **options):
        self.save(self.project, name)
        return self.package(name, **options)


class Survival(ProjectCase):
    def test_the_map_canvas_is_preserved_node_for_node(self):
        self.wells()
        self.save(self.project, view=QgsRectangle(10, 20, 30, 40))
        text = (self.files / "survey.qgs").read_text(encoding="utf-8")
        (self.files / "survey.qgs").write_text(
            text.replace("</mapcanvas>", "<odd a='1'>kept</odd></mapcanvas>"), encoding="utf-8"
        )
        canvas = self.package().xml().findall("mapcanvas")
        self.assertEqual([node.get("name") for node in canvas], ["theMapCanvas"])
        self.assertEqual(
            [canvas[0].find(f"extent/{key}").text for key in ("xmin", "ymin", "xmax", "ymax")],
            ["10.0", "20.0", "30.0", "40.0"],
        )
        self.assertEqual((canvas[0].find("odd").text, canvas[0].find("odd").get("a")), ("kept", "1"))

    def test_relations_themes_layouts_forms_and_styles_are_there(self):
        parents, children = self.wells("parents"), self.wells("children")
        relation = QgsRelation(QgsRelationContext(self.project))
        relation.setId("family")
        relation.setName("Family")
        relation.setReferencedLayer(parents.id())
        relation.setReferencingLayer(children.id())
        relation.addFieldPair("kind", "fid")
        self.project.relationManager().addRelation(relation)
        theme = QgsMapThemeCollection.MapThemeRecord()
        theme.addLayerRecord(QgsMapThemeCollection.MapThemeLayerRecord(parents))
        self.project.mapThemeCollection().insert("only parents", theme)
        layout = QgsPrintLayout(self.project)
        layout.initializeDefaults()
        layout.setName("A4")
        self.project.layoutManager().addLayout(layout)
        parents.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple({"color": "#123456"})))
        parents.setFieldAlias(parents.fields().lookupField("text"), "Remarks")
        parents.setDisplayExpression("\"text\" || '!'")
        config = parents.editFormConfig()
        config.setInitCode("import os\nos._exit(3)")
        config.setInitCodeSource(config.PythonInitCodeSource.CodeSourceDialog)
        parents.setEditFormConfig(config)
        self.pack()
        project = QgsProject.instance()
        packaged = project.mapLayer(parents.id())
        self.assertTrue(project.relationManager().relation("family").isValid())
        self.assertEqual(project.mapThemeCollection().mapThemeVisibleLayerIds("only parents"), [parents.id()])
        self.assertEqual(packaged.renderer().symbol().color(), QColor("#123456"))
        self.assertEqual(packaged.attributeAlias(packaged.fields().lookupField("text")), "Remarks")
        self.assertEqual(packaged.displayExpression(), "\"text\" || '!'")
        self.assertIn("os._exit(3)", packaged.editFormConfig().initCode())
        # The reopened project was read without layouts.
        self.assertIn('name="A4"', self.packaged_text())

    def packaged_text(self) -> str:
        (archive,) = (self.io / "export").glob("*.qgz")
        with zipfile.ZipFile(archive) as opened:
            return opened.read(f"{archive.stem}.qgs").decode()

    def test_value_relations_name_the_source_that_their_layer_has_now(self):
        wells, kinds = self.wells(), self.wells("kinds")
        copied = self.wells("copied", cloud_action="copy")
        index = wells.fields().lookupField("kind")
        config = {
            "Layer": kinds.id(), "LayerName": "kinds", "LayerProviderName": "ogr", "LayerSource": kinds.source(),
            "Key": "fid", "Value": "text", "AllowNull": True,
        }  # fmt: skip
        wells.setEditorWidgetSetup(index, QgsEditorWidgetSetup("ValueRelation", config))
        reference = {
            "ReferencedLayerId": copied.id(),
            "ReferencedLayerDataSource": copied.source(),
            "ReferencedLayerProviderKey": "ogr",
        }
        wells.setEditorWidgetSetup(index + 1, QgsEditorWidgetSetup("RelationReference", reference))
        packaged = self.pack()
        layer = QgsProject.instance().mapLayer(wells.id())
        found = layer.editorWidgetSetup(layer.fields().lookupField("kind")).config()
        table = packaged.table(kinds.id())
        self.assertTrue(found["LayerSource"].endswith(f"/data.gpkg|layername={table}"), found)
        self.assertEqual(
            {key: found[key] for key in ("Layer", "Key", "Value")},
            {key: config[key] for key in ("Layer", "Key", "Value")},
        )
        found = layer.editorWidgetSetup(layer.fields().lookupField("text")).config()
        self.assertTrue(found["ReferencedLayerDataSource"].endswith("/survey.gpkg|layername=copied"), found)
        # In the file they are relative, so they hold wherever the package lies.
        self.assertIn(f"./data.gpkg|layername={table}", packaged.text())
        self.assertNotIn(str(self.io), packaged.text())

    def test_what_only_works_on_the_sources_is_switched_off(self):
        self.wells()
        self.project.setTransactionMode(Qgis.TransactionMode.AutomaticGroups)
        self.project.setFlag(Qgis.ProjectFlag.EvaluateDefaultValuesOnProviderSide, True)
        xml = self.pack().xml()
        self.assertEqual(xml.find("transaction").get("mode"), "Disabled")
        self.assertNotIn("EvaluateDefaultValuesOnProviderSide", xml.find("projectFlags").get("set"))

    def test_the_title_is_kept_or_else_the_name_of_the_file(self):
        self.wells()
        self.assertEqual(self.pack().xml().find("title").text, "Wells")
        self.project.setTitle("")
        (self.io / "export").rename(self.io / "first")
        self.assertEqual(self.pack("My survey.qgs").xml().find("title").text, "My survey")

    def test_feature_counts_in_the_legend_stay_switched_on(self):
        layer = self.wells()
        self.project.layerTreeRoot().findLayer(layer.id()).setCustomProperty("showFeatureCount", 1)
        self.pack()
        node = QgsProject.instance().layerTreeRoot().findLayer(layer.id())
        self.assertEqual(node.customProperty("showFeatureCount"), 1)

    def test_entries_of_qfieldsync_are_untouched(self):
        self.wells()
        self.project.writeEntry("qfieldsync", "maximumImageWidthHeight", 1200)
        self.project.writeEntry("qfieldsync", "initialMapMode", "digitize")
        self.project.writeEntry("qfieldsync", "createBaseMap", True)
        entries = self.pack().xml().find("properties/qfieldsync")
        before = ElementTree.parse(self.files / "survey.qgs").find("properties/qfieldsync")
        self.assertEqual(
            {e.tag: e.text for e in before}.keys(), {"maximumImageWidthHeight", "initialMapMode", "createBaseMap"}
        )
        for entry in before:
            self.assertEqual((entries.find(entry.tag).text, entries.find(entry.tag).attrib), (entry.text, entry.attrib))
        self.assertEqual(entries.find("originalProjectPath").text, "survey.qgs")

    def test_an_archive_is_packaged_with_what_it_holds(self):
        self.wells()
        attachment = self.project.createAttachedFile("logo.svg")
        with open(attachment, "w") as file:
            file.write(SVG)
        self.save(self.project, "survey.qgz")
        packaged = self.package("survey.qgz")
        with zipfile.ZipFile(packaged.export / "survey_qfield.qgz") as archive:
            self.assertEqual(sum(name.endswith("logo.svg") for name in archive.namelist()), 1)
            self.assertEqual(sum(name.endswith(".qgs") for name in archive.namelist()), 1)

    def test_embedded_layers_become_the_projects_own(self):
        other = projects.new_project("Other")
        (self.files / "base").mkdir()
        source = write_table(
            self.files / "base/base.gpkg", "roads", ogr.wkbPoint, {"n": ogr.OFTInteger}, [("POINT (1 2)", 5)]
        )
        roads = QgsVectorLayer(source, "Roads", "ogr")
        self._open_projects.append(other)
        other.addMapLayer(roads, False)
        other.layerTreeRoot().addGroup("Base").addLayer(roads)
        projects.save(other, self.files / "base/other.qgs")
        wells = self.wells()
        self.project.setFileName(str(self.files / "survey.qgs"))
        group = self.project.createEmbeddedGroup("Base", str(self.files / "base/other.qgs"), [])
        self.project.layerTreeRoot().insertChildNode(0, group)
        packaged = self.pack()
        self.assertEqual(set(packaged.layers), {wells.id(), roads.id()})
        self.assertEqual(packaged.rows(roads.id(), "n"), [(5,)])
        self.assertNotIn("embedded_project", packaged.text())
        node = QgsProject.instance().layerTreeRoot().findLayer(roads.id())
        self.assertEqual(node.parent().name(), "Base")
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])


class Pictures(ProjectCase):
    def picture(self, name: str) -> str:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".svg":
            path.write_text(SVG)
        else:
            image = QImage(4, 4, QImage.Format.Format_RGB32)
            image.fill(QColor("#00ff00"))
            self.assertTrue(image.save(str(path)))
        return str(path)

    def test_pictures_of_symbols_layouts_and_decorations_are_taken_along(self):
        layer = self.wells()
        symbol = QgsMarkerSymbol.createSimple({})
        symbol.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer(self.picture("symbols/tree.svg")))
        symbol.appendSymbolLayer(QgsRasterMarkerSymbolLayer(self.picture("symbols/photo.png")))
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        layout = QgsPrintLayout(self.project)
        layout.setName("A4")
        item = QgsLayoutItemPicture(layout)
        item.setPicturePath(self.picture("logo's.png"))
        layout.addLayoutItem(item)
        self.project.layoutManager().addLayout(layout)
        self.picture("deco/north.svg")
        self.project.writeEntry("Image", "/ImagePath", "./deco/north.svg")
        packaged = self.pack()
        pictures = ["deco/north.svg", "logo's.png", "symbols/photo.png", "symbols/tree.svg"]
        self.assertEqual(packaged.files, sorted([*pictures, "data.gpkg", "survey_qfield.qgz"]))
        for name in pictures:
            self.assertEqual((packaged.export / name).read_bytes(), (self.files / name).read_bytes())
            self.assertIn(name, packaged.text().replace("&apos;", "'"))
        symbols = QgsProject.instance().mapLayer(layer.id()).renderer().symbol().symbolLayers()
        self.assertEqual(
            [s.path() for s in symbols],
            [str(packaged.export / name) for name in ("symbols/tree.svg", "symbols/photo.png")],
        )

    def test_pictures_beside_a_project_in_a_folder_are_found_from_the_package(self):
        layer = self.wells()
        symbol = QgsMarkerSymbol.createSimple({})
        symbol.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer(self.picture("symbols/tree.svg")))
        symbol.appendSymbolLayer(QgsSvgMarkerSymbolLayer(self.picture("maps/own/house.svg")))
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        packaged = self.pack("maps/survey.qgs")
        self.assertEqual(packaged.files, ["data.gpkg", "own/house.svg", "survey_qfield.qgz", "symbols/tree.svg"])
        symbols = QgsProject.instance().mapLayer(layer.id()).renderer().symbol().symbolLayers()
        self.assertEqual(
            [s.path() for s in symbols], [str(packaged.export / name) for name in ("symbols/tree.svg", "own/house.svg")]
        )
        self.assertEqual(packaged.xml().find("properties/qfieldsync/originalProjectPath").text, "maps/survey.qgs")

    def test_symbols_that_come_with_qgis_are_left_to_qgis(self):
        layer = self.wells()
        symbol = QgsMarkerSymbol.createSimple({})
        symbol.changeSymbolLayer(0, QgsSvgMarkerSymbolLayer("crosses/Star1.svg"))
        layer.setRenderer(QgsSingleSymbolRenderer(symbol))
        packaged = self.pack()
        self.assertEqual(packaged.files, ["data.gpkg", "survey_qfield.qgz"])
        self.assertIn("crosses/Star1.svg", packaged.text())
