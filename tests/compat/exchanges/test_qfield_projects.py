"""QField: lists of projects, one project, a new project."""

import uuid
from urllib.parse import parse_qs, urlsplit

from support.shapes import PROJECT
from support.server import address, fresh

from .apps import qfield
from .case import ExchangeCase


class ProjectList(ExchangeCase):
    def test_page_after_page(self):
        made = [self.project("pager")["id"] for _ in range(5)]
        seen, path, pages = [], "projects/?limit=2&offset=0", 0
        while path:
            answer = qfield("pager").get(path)
            page = self.ok(answer)
            self.assertIsInstance(page, list)
            self.assertEqual("5", answer.headers["X-Total-Count"])
            self.assertEqual(pages == 0, "X-Previous-Page" not in answer.headers)
            seen += [project["id"] for project in page]
            pages += 1
            path = self.next_path(answer.headers["X-Next-Page"], offset=2 * pages)
        self.assertEqual((3, set(made)), (pages, set(seen)))
        self.assertEqual(len(made), len(seen))

    def next_path(self, url: str | None, offset: int) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        self.assertEqual(address(), f"{parts.scheme}://{parts.netloc}", "an absolute URL")
        self.assertEqual({"limit": ["2"], "offset": [str(offset)]}, parse_qs(parts.query))
        return f"{parts.path.removeprefix('/api/v1/')}?{parts.query}"

    def test_no_limit_no_pages(self):
        self.project()
        answer = qfield().get("projects/?offset=1")
        self.assertEqual(len(self.ok(qfield().get("projects/"))), len(self.ok(answer)))
        for name in ("X-Total-Count", "X-Next-Page", "X-Previous-Page"):
            self.assertNotIn(name, answer.headers)

    def test_an_item(self):
        project = self.project()
        item = {one["id"]: one for one in self.ok(qfield().get("projects/?limit=1000&offset=0"))}[project["id"]]
        self.assert_shape(PROJECT, item)

    def test_search(self):
        project = self.project("ben", name=fresh("findme"), private=False)
        found = self.ok(qfield().get(f"projects/?limit=20&offset=0&search={project['name']}&include_public=1"))
        self.assertEqual([project["id"]], [one["id"] for one in found])
        self.assert_has({"user_role": "reader", "user_role_origin": "public"}, found[0])

    def test_by_owner(self):
        project = self.project()
        found = self.ok(qfield().get("projects/?limit=1000&offset=0&owner=ANA"))
        self.assertIn(project["id"], {one["id"] for one in found})
        self.assertEqual({"ana"}, {one["owner"] for one in found})

    def test_by_owner_and_name(self):
        project = self.project()
        (found,) = self.ok(qfield().get(f"projects/?owner=ana&name={project['name'].upper()}&include_public=1"))
        self.assertEqual(project["id"], found["id"])


class OneProject(ExchangeCase):
    def test_refresh(self):
        project = self.project()
        found = self.ok(qfield().get(f"projects/{project['id']}/"))
        self.assert_shape(PROJECT, found)
        self.assertEqual(project["id"], found["id"])

    def test_refresh_what_is_not_there(self):
        self.assert_refused(404, "object_not_found", qfield().get(f"projects/{uuid.uuid4()}/"))

    def test_refresh_what_is_private(self):
        self.assert_refused(403, "permission_denied", qfield("ben").get(f"projects/{self.project()['id']}/"))

    def test_create(self):
        name = fresh("from-the-field")
        self.ok(qfield().get("projects/?owner=ana"))
        made = self.ok(qfield().post("projects/", {"description": "", "name": name, "owner": "ana", "private": True}), 201)
        self.assert_shape(PROJECT, made)
        self.assert_has({"name": name, "private": True, "is_public": False, "overwrite_conflicts": True}, made)

    def test_no_thumbnail_yet(self):
        self.assertEqual(404, qfield().get(f"files/thumbnails/{self.project()['id']}/").status)

    def test_no_package_yet(self):
        answer = qfield().get(f"packages/{self.project()['id']}/latest/?skip_metadata=1")
        self.assert_refused(400, "invalid_job", answer)

    def test_asking_for_a_package_without_a_project_file(self):
        answer = qfield().post("jobs/", {"project_id": self.project()["id"], "type": "package"})
        self.assert_refused(400, "no_qgis_project", answer)

    def test_a_job_that_is_not_there(self):
        self.assert_refused(403, "permission_denied", qfield().get(f"jobs/{uuid.uuid4()}/"))
