"""Projects of a newer QGIS than ours say so, and what is lost of them."""

import re

from osgeo import ogr
from qgis.core import Qgis

from fieldlog_qgis import newer_qgis

from . import projects
from .packages import PackageCase, write_table

NEWER = "3.99.1-Future"
OURS = Qgis.QGIS_VERSION.split("-")[0]

# What a newer QGIS would write: (what is written now, what instead, of which layer, what is said).
LOSSES = [
    ('class="SimpleMarker"', 'class="GlowMarker"', "Trees", "the symbol layer 'GlowMarker' is lost"),
    ('type="singleSymbol"', 'type="swarmRenderer"', "Trees", "the renderer 'swarmRenderer' is lost"),
    ("<renderer-v2 ", '<renderer-v2 shimmer="1" ', "Trees", "the attribute 'shimmer' of <renderer-v2> is lost"),
    ("<featureBlendMode>", "<shineMode>3</shineMode><featureBlendMode>", "Trees", "<shineMode> is lost"),
    ('name="horizontal_anchor_point"/>', 'name="horizontal_anchor_point"/><Option name="glow" type="int" value="3"/>',
     "Trees", "the setting 'glow' of 'SimpleMarker' is lost"),
    ("<previewExpression>", "<previewExpression>divine(1) || ", "Trees", "Expressions with divine() do not work here."),
    ("<projectlayers>", '<weather wind="3"/><projectlayers>', "", "<weather> is lost"),
    ("</projectlayers>", '<maplayer type="hologram"><id>h</id><layername>Holo</layername></maplayer></projectlayers>',
     "Holo", "the layer type 'hologram' is lost"),
]  # fmt: skip


class NewerQgis(PackageCase):
    def make(self, version: str, found: str = "", instead: str = "") -> None:
        project = projects.new_project()
        rows = [("POINT (1 1)", "oak")]
        source = write_table(self.files / "trees.gpkg", "trees", ogr.wkbPoint, {"kind": ogr.OFTString}, rows)
        self.add(project, source, "Trees", cloud_action="offline").setDisplayExpression("kind")
        self.save(project)
        project.clear()
        path = self.files / "survey.qgs"
        text = path.read_text(encoding="utf-8")
        self.assertTrue(found in text, found)
        text = re.sub(r'(<qgis [^>]*\bversion=")[^"]*"', rf'\g<1>{version}"', text)
        path.write_text(text.replace(found, instead, 1) if found else text, encoding="utf-8")

    def test_what_is_lost_is_said_of_its_layer(self):
        for found, instead, layer, said in LOSSES:
            with self.subTest(instead=instead):
                self.setUp()
                self.make(NEWER, found, instead)
                problems = projects.run_job(self.io, "survey.qgs").details["problems"]
                self.assertEqual({problem["code"] for problem in problems}, {"newer_qgis"})
                self.assertEqual([p["layer_name"] for p in problems], [""] if layer == "" else ["", layer])
                self.assertIn(f"QGIS {NEWER}, newer than {OURS}", problems[0]["message"])
                self.assertIn(said, problems[-1]["message"])
                self.assertNotIn(",", problems[-1]["message"].partition(": ")[2])

    def test_the_package_says_it_too(self):
        self.make(NEWER, *LOSSES[0][:2])
        packaged = self.package()
        self.assertEqual(packaged.problem_codes(), [("", "newer_qgis"), ("Trees", "newer_qgis")])
        (id,) = packaged.layers
        self.assertEqual(packaged.rows(id, "kind"), [("oak",)])

    def test_a_newer_project_with_nothing_new_in_it(self):
        self.make(NEWER)
        problems = projects.run_job(self.io, "survey.qgs").details["problems"]
        self.assertEqual([problem["layer_name"] for problem in problems], [""])
        self.assertIn("nothing was found that it loses", problems[0]["message"])

    def test_projects_of_our_own_and_older_ones_have_no_such_problem(self):
        for version in (OURS, "3.16.0-Hannover", re.sub(r"\.\d+$", ".99", OURS)):
            with self.subTest(version=version):
                self.setUp()
                self.make(version, *LOSSES[0][:2])
                self.assertEqual(projects.run_job(self.io, "survey.qgs").details["problems"], [])

    def test_which_versions_are_newer(self):
        versions = [("4.0.0", True), ("3.99.0", True), (OURS, False), ("3.4.15", False), ("2.18.0", False)]
        for version, expected in versions:
            self.assertEqual(newer_qgis.is_newer(version), expected, version)
