"""The names of columns, in all the spellings of published forms."""

# What columns are called here; in settings every name is taken in small letters.
_SURVEY = frozenset((
    "type", "name", "label", "hint", "guidance_hint", "required", "required_message", "constraint",
    "constraint_message", "relevant", "read_only", "default", "calculation", "appearance", "parameters",
    "choice_filter", "repeat_count", "disabled", "trigger", "save_to", "image", "big-image", "audio", "video",
))  # fmt: skip
_CHOICES = frozenset(("list_name", "name", "label", "image", "big-image", "audio", "video"))
_SURVEY_SPELLINGS = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "relevance": "relevant",
    "readonly": "read_only",
    "calculate": "calculation",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "bind::readonly": "read_only",
    "bind::calculate": "calculation",
    "bind::jr:constraintmsg": "constraint_message",
    "bind::jr:requiredmsg": "required_message",
    "body::jr:count": "repeat_count",
    "control::jr:count": "repeat_count",
    "body::appearance": "appearance",
    "control::appearance": "appearance",
    **{f"bind::{name}": name for name in ("relevant", "required", "constraint")},
}
_MEDIA = {f"media::{name}": name for name in ("image", "big-image", "audio", "video")}
_CHOICES_SPELLINGS = {"value": "name", "caption": "label"}
_SETTINGS_SPELLINGS = {"set_form_title": "form_title", "title": "form_title", "set_form_id": "form_id",
                       "id_string": "form_id"}  # fmt: skip
_GROUPS = ("bind", "body", "control", "media", "instance")


def column(header: str, sheet: str) -> str:
    """What a column is called here, with the language after `::`; names that mean nothing here stay as they are."""
    if sheet == "settings":
        name = _snake(header)
        return _SETTINGS_SPELLINGS.get(name, name)
    known, spellings = (_SURVEY, _SURVEY_SPELLINGS) if sheet == "survey" else (_CHOICES, _CHOICES_SPELLINGS)
    spellings = spellings | _MEDIA
    parts = _parts(header)
    width = 2 if _snake(parts[0]) in _GROUPS and len(parts) > 1 else 1
    name = "::".join(_snake(part) for part in parts[:width])
    name = spellings.get(name, name)
    if name not in known and width == 1:
        # People's own columns: filters of choices name them as they are written.
        return header
    return "::".join((name, *parts[width:]))


def is_with_one_colon(header: str) -> bool:
    """Whether a language, or a part, follows after one colon, as older forms write it."""
    return len(_parts(header)) > 1 and "::" not in header


def _parts(header: str) -> list[str]:
    if "::" in header:
        return [part.strip() for part in header.split("::")]
    parts = [part.strip() for part in header.split(":")]
    if "jr" in parts[:-1]:
        at = parts.index("jr")
        parts[at : at + 2] = [f"jr:{parts[at + 1]}"]
    return parts


def _snake(name: str) -> str:
    return "_".join(name.split()).lower()
