"""What QFieldSync has written into a project, which it has done in both spellings of its own name."""

from qgis.core import QgsProject

_SCOPES = ("QFieldSync", "qfieldsync")


def entry(project: QgsProject, key: str) -> str:
    """A text, or nothing."""
    return next((value for value, found in (project.readEntry(s, key) for s in _SCOPES) if found and value), "")


def list_entry(project: QgsProject, key: str, default: list[str]) -> list[str]:
    """A list of texts, or the default where there is none."""
    return next(
        (value for value, found in (project.readListEntry(s, key) for s in _SCOPES) if found and value), default
    )


def flag(project: QgsProject, key: str) -> bool:
    """A yes or no; no where nothing is said."""
    return next((value for value, found in (project.readBoolEntry(s, key) for s in _SCOPES) if found), False)
