"""Children follow their parents: a find goes to the plot that its own device made, whatever number that plot got."""

from osgeo import ogr
from qgis.core import QgsEditorWidgetSetup, QgsRelation, QgsRelationContext

from .delta_jobs import APPLIED, CONFLICT, DeltaCase, make_file, rows

PLOTS = {"name": ogr.OFTString, "site": ogr.OFTString}
FINDS = {"plot": ogr.OFTInteger64, "site": ogr.OFTString, "what": ogr.OFTString}
OTHERS = {"plots": ogr.OFTString, "what": ogr.OFTString}


class ParentsCase(DeltaCase):
    def setUp(self):
        super().setUp()
        plot = ("POINT (0 0)", {"name": "plot of the office", "site": "n"})
        make_file(self.files / "plots.gpkg", "GPKG", PLOTS, rows=[plot, plot], name="plots")
        make_file(self.files / "finds.gpkg", "GPKG", FINDS, type=ogr.wkbNone, name="finds")
        make_file(self.files / "notes.gpkg", "GPKG", OTHERS, type=ogr.wkbNone, name="notes")

    def make(self, link) -> None:
        sources = [f"./{name}.gpkg|layername={name}" for name in ("plots", "finds", "notes")]
        self.plots, self.finds, self.notes = self.make_project(*sources, prepare=link)

    def relate(self, *pairs: tuple[str, str]):
        def prepare(project, plots, finds, _notes):
            relation = QgsRelation(QgsRelationContext(project))
            relation.setId("r")
            relation.setReferencedLayer(plots.id())
            relation.setReferencingLayer(finds.id())
            for child, parent in pairs:
                relation.addFieldPair(child, parent)
            project.relationManager().addRelation(relation)
            assert relation.isValid()

        self.make(prepare)

    def widget(self, several: bool):
        def prepare(_project, plots, finds, notes):
            config = {"Layer": plots.id(), "Key": "fid", "Value": "name", "AllowMulti": several}
            layer, field = (notes, "plots") if several else (finds, "plot")
            layer.setEditorWidgetSetup(layer.fields().indexOf(field), QgsEditorWidgetSetup("ValueRelation", config))

        self.make(prepare)

    def plot(self, key=2, client="a", **more) -> dict:
        attributes = {"fid": key, "name": f"plot of {client}", "site": "s"}
        return self.of(self.plots, self.create(attributes, local_pk=key, clientId=client, **more))

    def find(self, plot=2, client="a", pk=1, **attributes) -> dict:
        said = {"fid": None, "plot": plot, "what": f"find of {client}"} | attributes
        return self.of(self.finds, self.create(said, None, local_pk=pk, clientId=client))

    @staticmethod
    def of(layer: str, delta: dict) -> dict:
        return delta | {"sourceLayerId": layer, "localLayerId": layer}

    def found(self) -> list[tuple]:
        return rows(self.files / "finds.gpkg", "SELECT plot, what FROM finds ORDER BY fid")


class Following(ParentsCase):
    def test_a_child_goes_to_the_parent_of_its_own_device(self):
        for link in (lambda: self.relate(("plot", "fid")), lambda: self.widget(False)):
            self.setUp()
            link()
            of_a = self.plot(3, "a"), self.find(3, "a")
            items = self.apply(*of_a, self.plot(3, "b"), self.find(3, "b"), self.find(1, "b", 2))
            self.assert_applied(*items)
            self.assertEqual(self.found(), [(3, "find of a"), (4, "find of b"), (1, "find of b")])
            self.assertEqual((items[3]["after"]["attributes"]["plot"], items[3]["made"]), (4, {"plot": 4}))

    def test_what_the_device_says_of_it_later_is_the_same_value(self):
        self.relate(("plot", "fid"))
        old = {"plot": 2, "what": "find of a"}
        patch = self.of(self.finds, self.patch("", old, {"what": "x"}, local_pk=1, clientId="a"))
        gone = self.of(self.finds, self.delete("", {"plot": 2, "what": "x"}, local_pk=1, clientId="a"))
        patch["old"]["is_snapshot"] = True
        self.assert_applied(*self.apply(self.plot(), self.find(), patch, gone))
        self.assertEqual(self.found(), [])

    def test_a_child_that_is_given_to_a_new_parent_later(self):
        self.relate(("plot", "fid"))
        moved = self.of(self.finds, self.patch("", {"plot": 1}, {"plot": 2}, local_pk=1, clientId="a"))
        self.assert_applied(*self.apply(self.find(1), self.plot(), moved))
        self.assertEqual(self.found(), [(3, "find of a")])

    def test_a_composite_key_is_one_key(self):
        self.relate(("plot", "fid"), ("site", "site"))
        items = self.apply(self.plot(), self.find(2, site="s"), self.find(2, pk=2, site="n"))
        self.assert_applied(*items)
        self.assertEqual(self.found(), [(3, "find of a"), (2, "find of a")])

    def test_a_value_relation_may_hold_several(self):
        self.widget(True)
        for said, stored in (("{1,2}", "{1,3}"), ("[2]", "[3]"), ('{"1","2"}', '{"1",3}'), ("two", "two")):
            note = self.of(self.notes, self.create({"plots": said, "what": said}, None, local_pk=1, clientId="a"))
            self.setUp()
            self.widget(True)
            self.assert_applied(*self.apply(self.plot(), self.of(self.notes, note)))
            self.assertEqual(rows(self.files / "notes.gpkg", "SELECT plots FROM notes"), [(stored,)])

    def test_a_parent_of_an_earlier_job(self):
        self.relate(("plot", "fid"))
        plot = self.plot()
        self.assert_applied(self.apply_one(plot))
        known = [{"client": "a", "layer": self.plots, "said": {"fid": 2}, "stored": {"fid": 3}}]
        self.assert_applied(self.apply_one(self.find(), parents=known))
        self.assertEqual(self.found(), [(3, "find of a")])


class Order(ParentsCase):
    def test_a_child_before_its_parent_waits_for_it_with_all_that_is_done_to_it(self):
        self.relate(("plot", "fid"))
        patch = self.of(self.finds, self.patch("", {"what": "find of a"}, {"what": "x"}, local_pk=1, clientId="a"))
        deltas = [self.find(), patch, self.find(1, pk=2), self.plot()]
        items = self.apply(*deltas)
        self.assert_applied(*items)
        self.assertEqual([item["delta_id"] for item in items], [delta["uuid"] for delta in deltas])
        self.assertEqual(sorted(self.found()), [(1, "find of a"), (3, "x")])

    def test_the_child_of_a_parent_that_was_not_stored_is_held(self):
        self.relate(("plot", "fid"))
        bad = self.plot(5)
        bad["new"]["attributes"]["colour"] = "red"
        items = self.apply(bad, self.find(5), self.find(1, pk=2))
        self.assertEqual([item["status"] for item in items[1:]], [CONFLICT, APPLIED])
        self.assertEqual(items[1]["reason"], "parent")
        self.assertEqual(self.found(), [(1, "find of a")])

    def test_the_child_of_a_parent_that_was_taken_back_is_held(self):
        """Another feature may have the parent's number since."""
        self.relate(("plot", "fid"))
        lost = {f"a__{self.plots}__2": {"pk": "2", "why": "an earlier version was restored"}}
        items = self.apply(self.find(2), self.find(2, "b"), self.find(1, pk=2), lostPks=lost)
        self.assertEqual([item["status"] for item in items], [CONFLICT, APPLIED, APPLIED])
        self.assertEqual(items[0]["reason"], "parent")

    def test_a_parent_that_is_its_own_child_stays_in_its_place(self):
        def prepare(project, _plots, finds, _notes):
            relation = QgsRelation(QgsRelationContext(project))
            relation.setId("self")
            relation.setReferencedLayer(finds.id())
            relation.setReferencingLayer(finds.id())
            relation.addFieldPair("plot", "fid")
            project.relationManager().addRelation(relation)

        self.make(prepare)
        ring = [self.find(8, fid=7, pk=7), self.find(7, fid=8, pk=8)]
        self.assert_applied(*self.apply(*ring))
        self.assertEqual(len(self.found()), 2)
