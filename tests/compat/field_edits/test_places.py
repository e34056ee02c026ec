"""Where a feature is: places that are none, and places in another coordinate system."""

from exchanges.apps import qfield
from support.deltas import delta

from .case import FieldEditsCase
from .workshop import create

REFUSED = "refused"
NO_PLACE = "The feature has no place"
# A layer, what a device sends, what is stored (None: no place), and what is told beside that.
PLACES = [
    ("xy", "Point (nan nan)", None, NO_PLACE),
    ("xy", "Point EMPTY", None, NO_PLACE),
    ("xy", "", None, NO_PLACE),
    ("xy", None, None, ""),
    ("xy", "PointZ (7.5 46.5 nan)", "POINT (7.5 46.5)", "The Z values are left out"),
    ("xy", "PointZ (7.5 46.5 400)", REFUSED, "has Z values"),
    ("xy", "Point25D (7.5 46.5 400)", REFUSED, "has Z values"),
    ("xy", "MultiPoint ((7.5 46.5))", "POINT (7.5 46.5)", ""),
    ("xy", "MultiPoint ((7.5 46.5),(8 47))", REFUSED, "is a MultiPoint"),
    ("xyz", "PointZ (nan nan nan)", None, NO_PLACE),
    ("xyz", "PointZ EMPTY", None, NO_PLACE),
    ("xyz", "Point25D (7.5 46.5 400)", "POINT Z (7.5 46.5 400)", ""),
    ("xyz", "PointZM (7.5 46.5 400 nan)", "POINT Z (7.5 46.5 400)", "The M values are left out"),
    ("xyz", "PointZM (7.5 46.5 400 5)", REFUSED, "has M values"),
    ("xyz", "Point (7.5 46.5)", "POINT Z (7.5 46.5 0)", ""),
    ("poly", "Polygon EMPTY", None, NO_PLACE),
    ("poly", "MultiPolygon (((7 46, 8 46, 8 47, 7 46)))", "POLYGON ((7 46,8 46,8 47,7 46))", ""),
    ("poly", "PolygonZ ((7 46 nan, 8 46 nan, 8 47 nan, 7 46 nan))", "POLYGON ((7 46,8 46,8 47,7 46))", "The Z values"),
    ("tab", "", None, ""),
    ("tab", "Point (1 2)", None, "is left out"),
]


class Places(FieldEditsCase):
    def test_07_places_as_devices_were_seen_to_write_them(self):
        project = self.project_of(self.workshop.inputs("07") / "in")
        self.packaged(project)
        layers = self.ok(qfield().get(f"packages/{project}/latest/"))["layers"]
        ids = {layer["name"]: layer_id for layer_id, layer in layers.items()}

        def of(method: str, layer: str, **states) -> dict:
            return delta(method, localLayerId=ids[layer], sourceLayerId=ids[layer], localLayerCrs="EPSG:4326", **states)

        deltas = [
            of(
                "create",
                layer,
                localPk=str(1000 + row),
                new={"geometry": sent, "attributes": {"fid": None, "n": f"row {row}"}},
            )
            for row, (layer, sent, _, _) in enumerate(PLACES)
        ]
        old = {"geometry": "Point (7 46)", "attributes": {}}
        deltas.append(of("patch", "xy", old=old, new={"geometry": ""}))
        *came, emptied = self.came(project, deltas)
        stored = {layer: self.places(project, "pts.gpkg", layer, "n") for layer in ids}
        for row, ((layer, sent, place, told), one) in enumerate(zip(PLACES, came)):
            with self.subTest(layer=layer, sent=sent):
                self.assertEqual("NOT_APPLIED value" if place is REFUSED else "APPLIED", one.brief, one)
                self.assertIn(told, one.message)
                self.assertEqual(place, stored[layer].get(f"row {row}", REFUSED))
        self.assertEqual("APPLIED", emptied.brief, emptied)
        self.assertIn(NO_PLACE, emptied.message)
        self.assertIsNone(stored["xy"]["a"])

    def test_27_a_layer_that_moved_to_another_coordinate_system(self):
        folder = self.workshop.inputs("27")
        project = self.project_of(folder / "old", overwrite_conflicts=False)
        device = self.device(project)
        deltas = device.does(create("Trees", "Point (7.45 46.95)", species="ash"))
        self.assertEqual("EPSG:4326", deltas[0]["localLayerCrs"])
        for name in ("trees.gpkg", "survey.qgs"):
            self.uploaded(project, name, (folder / "new" / name).read_bytes())
        self.not_busy(project)
        (told,) = self.comes(["APPLIED"], project, deltas)
        self.assertIn("EPSG:4326", told)
        places = self.places(project, "trees.gpkg", "trees", "species")
        self.assertEqual("POINT (2600000 1200000)", places["oak"])
        east, north = map(float, places["ash"].removeprefix("POINT (").removesuffix(")").split())
        self.assertAlmostEqual(2600864.9, east, delta=0.5)
        self.assertAlmostEqual(1199879.9, north, delta=0.5)
