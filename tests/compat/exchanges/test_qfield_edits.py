"""QField: pushing edits until they are in the data, and in the next package."""

from support.deltas import delta_file
from support.shapes import DELTA

from .apps import qfield
from .field import AREAS, POINTS, UNDER_WAY, FieldCase


class Edits(FieldCase):
    def test_push_until_nothing_is_pending(self):
        project = self.sample_project()
        device, before = self.device(project), self.points(project)
        updated_before = self.refreshed(project)["data_last_updated_at"]
        deltas = delta_file(
            project,
            device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=1, sampled_on="2026-06-01"),
            device.move(device.feature(POINTS, code="P01"), "Point (691111.5 5291222.25)"),
            device.delete(device.feature(POINTS, code="P02")),
            device.patch(device.feature(AREAS, fid=1), habitat="reed", protected=None),
        )
        applied = self.pushed(project, deltas)
        self.assertEqual({"STATUS_APPLIED"}, {one["status"] for one in applied}, applied)
        for one in applied:
            self.assert_shape(DELTA, one)

        after = self.points(project)
        self.assertEqual(before.keys() - {"P02"} | {"W01"}, after.keys())
        self.assertEqual(before["P01"] | {"geom": "Point (691111.5 5291222.25)"}, after["P01"])
        self.assert_has({"geom": "Point (691000.0 5291000.0)", "quality_class": 1, "sampled_on": "2026-06-01"}, after["W01"])
        area = self.rows(project, "river.gpkg", "habitat_areas")[0]
        self.assert_has({"fid": 1, "habitat": "reed", "protected": None, "bank": "left"}, area)

        refreshed = self.refreshed(project)
        self.assertTrue(refreshed["needs_repackaging"])
        self.assertLess(updated_before, refreshed["data_last_updated_at"])
        fresh = self.device(project)
        self.assertEqual(str(after["W01"]["fid"]), fresh.feature(POINTS, code="W01").source_key)
        self.assertEqual("reed", fresh.feature(AREAS, fid=1).attributes["habitat"])

    def test_a_feature_of_this_device_is_changed_and_deleted_before_the_next_download(self):
        """The device knows no key of the source for it; the server remembers which one it got."""
        project = self.sample_project()
        device, before = self.device(project), self.points(project)
        created = [device.create(POINTS, "Point (691000 5291000)", code=code, quality_class=1) for code in ("W01", "W02")]
        self.pushed_and_applied(project, delta_file(project, *created))
        self.pushed_and_applied(project, delta_file(project, device.patch(device.made_by(created[0]), remarks="taller")))
        self.pushed_and_applied(project, delta_file(project, device.delete(device.made_by(created[1]))))
        after = self.points(project)
        self.assertEqual(before.keys() | {"W01"}, after.keys())
        self.assertEqual("taller", after["W01"]["remarks"])

    def test_a_push_repeated_while_it_is_applied(self):
        project = self.sample_project()
        device, before = self.device(project), self.points(project)
        deltas = delta_file(project, device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=1))
        for _ in range(3):
            self.push(project, deltas)
        self.assertEqual(["STATUS_APPLIED"], [one["status"] for one in self.settled(project, deltas)])
        self.pushed_and_applied(project, deltas)
        self.assertEqual(before.keys() | {"W01"}, self.points(project).keys())
        self.assertEqual(1, len(self.ok(qfield().get(f"deltas/{project}/"))))

    def test_a_reporter_has_it_packaged_and_only_adds(self):
        project = self.sample_project()
        self.share(project, "ben", "reporter")
        device, before = self.device(project, "ben"), self.points(project)
        point = device.feature(POINTS, code="P01")
        deltas = delta_file(
            project,
            device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=1),
            device.patch(point, remarks="not by me"),
            device.delete(point),
        )
        found = self.pushed(project, deltas, "ben")
        self.assertEqual(["STATUS_APPLIED", "STATUS_UNPERMITTED", "STATUS_UNPERMITTED"], [one["status"] for one in found], found)
        after = self.points(project)
        self.assertEqual(before, {code: after[code] for code in before})
        self.assertEqual({"W01"}, after.keys() - before.keys())

    def test_a_reader_has_it_packaged_and_pushes_nothing(self):
        project = self.sample_project()
        self.share(project, "ben", "reader")
        device = self.device(project, "ben")
        deltas = delta_file(project, device.patch(device.feature(POINTS, code="P01"), remarks="not by me"))
        answer = qfield("ben").post_file(f"deltas/{project}/", "deltafile_push.json", str(deltas).encode())
        self.assert_refused(403, "permission_denied", answer)
        self.assertEqual([], self.ok(qfield().get(f"deltas/{project}/")))

    def test_somebody_else_was_faster(self):
        project = self.sample_project(overwrite_conflicts=False)
        self.share(project, "ben", "editor")
        early, late = self.device(project), self.device(project, "ben")
        self.pushed_and_applied(project, delta_file(project, early.patch(early.feature(POINTS, code="P01"), remarks="early")))
        point = late.feature(POINTS, code="P01")
        (found,) = self.pushed(project, delta_file(project, late.patch(point, remarks="late")), "ben")
        self.assert_has({"status": "STATUS_CONFLICT", "last_status": "conflict", "created_by": "ben"}, found)
        self.assertTrue(found["last_feedback"]["conflicts"], found)
        self.assertEqual("early", self.points(project)["P01"]["remarks"])
        self.pushed_and_applied(project, delta_file(project, late.patch(point, substrate="sand")), "ben")
        self.assertEqual("sand", self.points(project)["P01"]["substrate"], "another attribute is no conflict")

    def test_a_photo_that_comes_after_its_edit(self):
        project = self.sample_project()
        device = self.device(project)
        created = device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=1, photo="DCIM/W01.jpg")
        self.pushed_and_applied(project, delta_file(project, created))
        self.uploaded(project, "DCIM/W01.jpg", b"\xff\xd8\xff")
        self.assertIn("DCIM/W01.jpg", {file["name"] for file in self.package(project)["files"]})
        self.assertEqual(b"\xff\xd8\xff", self.transferred(project, "DCIM/W01.jpg"))

    def test_a_data_file_that_is_uploaded_while_edits_are_applied_to_it(self):
        project = self.sample_project()
        device = self.device(project)
        deltas = delta_file(project, device.create(POINTS, "Point (691000 5291000)", code="W01", quality_class=1))
        self.push(project, deltas)
        self.uploaded(project, "survey.gpkg", self.survey_with("P99", instead_of="P01"))
        (one,) = self.ok(qfield().get(f"deltas/{project}/{deltas['id']}/"))
        self.assertIn(one["status"], UNDER_WAY, "the upload came too late to try this")

        self.assertEqual(["STATUS_APPLIED"], [one["status"] for one in self.settled(project, deltas)])
        points = self.points(project)
        self.assertEqual((True, False, True), ("P99" in points, "P01" in points, "W01" in points), "neither of them is lost")

    def test_asking_to_apply_what_waits(self):
        """Deprecated: edits are applied by themselves."""
        project = self.project_with_qgis_file()
        answer = qfield().post_nothing(f"deltas/apply/{project}/")
        self.assertEqual((200, b""), (answer.status, answer.body))
        empty = self.project()["id"]
        self.assert_refused(400, "no_qgis_project", qfield().post_nothing(f"deltas/apply/{empty}/"))
