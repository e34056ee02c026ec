"""Five devices that come back from the field at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from support.deltas import delta_file

from .apps import qfield
from .field import AREAS, POINTS, FieldCase

DEVICES = 5
NEW_POINTS, CHANGED_AREAS, DELETED_AREAS = 10, 8, 2


class ManyDevices(FieldCase):
    def test_every_edit_is_applied_exactly_once(self):
        project = self.sample_project()
        points_before = self.points(project)
        areas_before = {row["fid"]: row for row in self.rows(project, "river.gpkg", "habitat_areas")}
        devices = [self.device(project) for _ in range(DEVICES)]
        files = [self.edits(project, number, device) for number, device in enumerate(devices)]
        self.assertEqual({20}, {len(deltas["deltas"]) for deltas in files})

        with ThreadPoolExecutor(2 * DEVICES) as pool:
            # Each one twice, as a device does whose first answer was lost.
            for done in [pool.submit(self.push, project, deltas) for deltas in files * 2]:
                done.result()
            settled = list(pool.map(lambda deltas: self.settled(project, deltas), files))
        found = [one for file in settled for one in file]
        self.assertEqual({"STATUS_APPLIED"}, {one["status"] for one in found}, found)
        self.assertEqual(DEVICES * 20, len(self.ok(qfield().get(f"deltas/{project}/"))))

        sent = [delta for deltas in files for delta in deltas["deltas"]]
        created = {one["new"]["attributes"]["code"]: one["new"]["geometry"] for one in sent if one["method"] == "create"}
        points = self.points(project)
        self.assertEqual(points_before, {code: points[code] for code in points_before})
        self.assertEqual(created, {code: row["geom"] for code, row in points.items() if code not in points_before})

        changed = {int(one["sourcePk"]): one["new"]["attributes"] for one in sent if one["method"] == "patch"}
        deleted = {int(one["sourcePk"]) for one in sent if one["method"] == "delete"}
        expected = {key: row | changed.get(key, {}) for key, row in areas_before.items() if key not in deleted}
        self.assertEqual((DEVICES * CHANGED_AREAS, DEVICES * DELETED_AREAS), (len(changed), len(deleted)))
        self.assertEqual(expected, {row["fid"]: row for row in self.rows(project, "river.gpkg", "habitat_areas")})

        last = self.device(project)
        self.assertEqual(points.keys(), {one.attributes["code"] for one in last.features(POINTS)})
        self.assertEqual(len(expected), len(last.features(AREAS)))

    def edits(self, project: str, number: int, device) -> dict:
        """New points, and changes of areas that no other device touches."""
        own = device.features(AREAS)[number * 11 : number * 11 + CHANGED_AREAS + DELETED_AREAS]
        created = [
            device.create(POINTS, f"Point ({691000.5 + number} {5291000.25 + step})", code=f"D{number}-{step}", quality_class=2)
            for step in range(NEW_POINTS)
        ]
        changed = [device.patch(area, bank=f"seen by {number}") for area in own[:CHANGED_AREAS]]
        deleted = [device.delete(area) for area in own[CHANGED_AREAS:]]
        return delta_file(project, *created, *changed, *deleted)
