"""What random input can find: a project with files and edits, an organization with people, and things to delete."""

import base64
import json
import uuid

import requests
from support.case import QGIS_FILE
from support.deltas import delta, delta_file
from support.organizations import new_organization
from support.people import person
from support.server import api, fresh

SPARES = 8
# One grey pixel.
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")


class Api:
    """The API as one person, who is the only one of it: `sdk` may be logged in more than once."""

    def __init__(self, who: str):
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "sdk|py|0 compat"
        login = self.post("auth/login/", json={"username": who, "password": person(who).password})
        self.token = login["token"]
        self.session.headers["Authorization"] = f"Token {self.token}"

    def post(self, path: str, **sent):
        answer = self.session.post(api() + path, timeout=60, **sent)
        if not answer.ok:
            raise AssertionError(f"POST {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def get(self, path: str):
        answer = self.session.get(api() + path, timeout=60)
        answer.raise_for_status()
        return answer.json()


def made() -> dict[str, str]:
    """Makes it; the ids as the settings of schemathesis name them."""
    ana = Api("ana")
    project = ana.post("projects/", json={"name": fresh("trees"), "is_public": True})["id"]
    upload(ana, project, "survey.qgs", QGIS_FILE)
    for content in (b"one", b"two", b"three"):
        upload(ana, project, "DCIM/tree.jpg", content)
    upload(ana, project, "notes.txt", b"")
    ana.post(f"projects/{project}/thumbnail/", files={"thumbnail": ("tree.png", PICTURE)})
    ana.post(f"collaborators/{project}/", json={"collaborator": "ben", "role": "editor"})
    pushed = delta_file(project, delta(), delta("patch"))
    ana.post(f"deltas/{project}/", files={"file": ("deltas.json", json.dumps(pushed))})
    organization = new_organization(ana.token)
    for member in ("ben", "cleo", "pager"):
        ana.post(f"members/{organization}/", json={"member": member})
    for team in ("crew", "spare"):
        ana.post(f"organizations/{organization}/teams/", json={"team": team})
    ana.post(f"organizations/{organization}/teams/crew/members/", json={"member": "ben"})
    spares = [ana.post("projects/", json={"name": fresh("spare")})["id"] for _ in range(SPARES)]
    job = ana.post("jobs/", json={"project_id": project, "type": "process_projectfile"})["id"]
    version = ana.get(f"files/metadata/{project}/DCIM/tree.jpg/")["versions"][-1]["version_id"]
    return {
        "TOKEN": ana.token,
        "TOKEN_TO_END": Api("leaver").token,
        "TOKEN_OF_STAFF": Api("staff").token,
        "PROJECT": project,
        "UNKNOWN": str(uuid.uuid4()),
        "JOB": job,
        "VERSION": version,
        "DELTAFILE": pushed["id"],
        "ORGANIZATION": organization,
        **{f"SPARE_{number}": spare for number, spare in enumerate(spares)},
    }


def upload(ana: Api, project: str, name: str, content: bytes) -> None:
    ana.post(f"files/{project}/{name}/", files={"file": (name, content)})
