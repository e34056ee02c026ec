"""The objects of the API: their keys, and what each value looks like. More keys than these are allowed."""

import re
import uuid

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
LAST_MODIFIED = re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d UTC")


def text(value):
    return isinstance(value, str)


def filled(value):
    return isinstance(value, str) and value != ""


def truth(value):
    return isinstance(value, bool)


def number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def mapping(value):
    return isinstance(value, dict)


def moment(value):
    return isinstance(value, str) and MOMENT.fullmatch(value) is not None


def identifier(value):
    """A lower-case hyphenated UUID: clients compare ids byte for byte."""
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def url(value):
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def or_null(inner):
    def check(value):
        return value is None or inner(value)

    check.__name__ = f"{inner.__name__} or null"
    return check


def matches(pattern):
    def check(value):
        return isinstance(value, str) and re.fullmatch(pattern, value) is not None

    check.__name__ = f"text like {getattr(pattern, 'pattern', pattern)}"
    return check


def one_of(*allowed):
    def check(value):
        return value in allowed

    check.__name__ = f"one of {', '.join(map(str, allowed))}"
    return check


def list_of(inner):
    def check(value):
        return isinstance(value, list) and all(inner(item) for item in value)

    check.__name__ = f"list of {inner.__name__}"
    return check


def person_or_number(value):
    """The original gives a number here that no client reads."""
    return number(value) or filled(value)


ROLE = one_of("admin", "manager", "editor", "reporter", "reader")
ORIGIN = one_of(
    "project_owner", "organization_owner", "organization_admin", "collaborator", "team_member", "organization_member", "public"
)
ETAG = matches(r"[0-9a-f]{32}(-\d+)?")
SHA256 = matches(r"[0-9a-f]{64}")

LOGIN = {
    "token": filled,
    "expires_at": moment,
    "username": filled,
    "type": one_of("1"),
    "email": text,
    "avatar_url": or_null(url),
    "first_name": text,
    "last_name": text,
    "full_name": text,
}
USER = {
    "username": filled,
    "type": one_of(1),
    "full_name": text,
    "email": text,
    "avatar_url": or_null(url),
    "first_name": text,
    "last_name": text,
}
PUBLIC_INFO = {
    "username": filled,
    "type": one_of(1, 2, 3),
    "full_name": text,
    "avatar_url": or_null(text),
    "username_display": filled,
}
STATUS = {
    "database": one_of("ok"),
    "storage": one_of("ok"),
    "status_page_url": or_null(url),
    "incident_message": one_of(None),
    "incident_timestamp_utc": one_of(None),
    "maintenance_message": one_of(None),
    "maintenance_start_timestamp_utc": one_of(None),
    "maintenance_end_timestamp_utc": one_of(None),
}
PROJECT = {
    "id": identifier,
    "name": filled,
    "project_type": one_of("regular", "template", "shared_datasets"),
    "owner": filled,
    "description": text,
    "private": truth,
    "is_public": truth,
    "created_at": moment,
    "updated_at": moment,
    "data_last_packaged_at": or_null(moment),
    "data_last_updated_at": or_null(moment),
    "restricted_data_last_updated_at": or_null(moment),
    "can_repackage": truth,
    "needs_repackaging": truth,
    "status": one_of("ok", "busy", "failed"),
    "user_role": ROLE,
    "user_role_origin": ORIGIN,
    "shared_datasets_project_id": or_null(identifier),
    "is_shared_datasets_project": truth,
    "is_featured": truth,
    "is_attachment_download_on_demand": truth,
    "has_restricted_projectfiles": truth,
    "overwrite_conflicts": truth,
    "file_storage_bytes": number,
    "the_qgis_file_name": or_null(filled),
}
FILE = {
    "name": filled,
    "size": number,
    "uploaded_at": moment,
    "is_attachment": truth,
    "md5sum": ETAG,
    "last_modified": matches(LAST_MODIFIED),
    "sha256": SHA256,
    "versions": list_of(mapping),
}
FILE_VERSION = {
    "version_id": filled,
    "md5sum": ETAG,
    "size": number,
    "uploaded_at": moment,
    "display": matches(r"v\d{14}"),
    "is_latest": truth,
    "last_modified": matches(LAST_MODIFIED),
    "sha256": SHA256,
}
PACKAGE = {
    "files": list_of(mapping),
    "layers": mapping,
    "status": one_of("finished"),
    "package_id": identifier,
    "packaged_at": moment,
    "data_last_updated_at": moment,
}
PACKAGED_FILE = {key: check for key, check in FILE.items() if key != "versions"}
PACKAGED_LAYER = {
    "name": filled,
    "is_valid": truth,
    "error_code": filled,
    "error_summary": text,
    "is_localized": truth,
    "filename": or_null(text),
    "provider_error_summary": or_null(text),
}
LISTED_JOB = {
    "id": identifier,
    "created_at": moment,
    "created_by": person_or_number,
    "finished_at": or_null(moment),
    "project_id": identifier,
    "started_at": or_null(moment),
    "status": one_of("pending", "queued", "started", "finished", "stopped", "failed"),
    "type": one_of("package", "delta_apply", "process_projectfile", "create_project"),
    "updated_at": moment,
}
JOB = {**LISTED_JOB, "feedback": or_null(mapping), "output": or_null(text)}
DELTA = {
    "id": identifier,
    "deltafile_id": identifier,
    "created_by": filled,
    "created_at": moment,
    "updated_at": moment,
    "status": matches("STATUS_(PENDING|BUSY|APPLIED|CONFLICT|NOT_APPLIED|ERROR|IGNORED|UNPERMITTED)"),
    "output": or_null(text),
    "last_status": matches("pending|started|applied|conflict|not_applied|error|ignored|unpermitted"),
    "last_feedback": or_null(mapping),
    "content": mapping,
}
COLLABORATOR = {
    "project_id": identifier,
    "collaborator": filled,
    "role": ROLE,
    "created_by": or_null(filled),
    "updated_by": or_null(filled),
    "created_at": moment,
    "updated_at": moment,
}
MEMBER = {"organization": filled, "member": filled, "role": one_of("admin", "creator", "member"), "is_public": truth}
TEAM = {"team": filled, "organization": filled, "members": list_of(filled)}
TEAM_MEMBER = {"member": filled}
SUBSCRIPTION = {
    "uuid": filled,
    "plan_display_name": filled,
    "plan_code": filled,
    "plan_is_premium": truth,
    "status": one_of("active_paid", "active_past_due"),
    "active_since": or_null(moment),
    "active_until": or_null(moment),
    "storage_used_bytes": number,
    "active_storage_total_bytes": number,
    "plan_storage_threshold_warning_bytes": number,
    "plan_storage_threshold_critical_bytes": number,
}
ORGANIZATION = {
    "username": filled,
    "type": one_of(2),
    "email": text,
    "avatar_url": or_null(text),
    "members": list_of(filled),
    "organization_owner": filled,
    "membership_role": one_of("admin", "creator", "member"),
    "membership_role_origin": one_of("organization_owner", "organization_member"),
    "membership_is_public": truth,
    "teams": list_of(filled),
}


def problems(shape: dict, value) -> list[str]:
    """What is wrong with `value`, one line each."""
    if not isinstance(value, dict):
        return [f"expected an object, found {value!r}"]
    missing = [f"{key} is missing" for key in shape if key not in value]
    wrong = [
        f"{key} is {value[key]!r}, expected {check.__name__}"
        for key, check in shape.items()
        if key in value and not check(value[key])
    ]
    return missing + wrong
