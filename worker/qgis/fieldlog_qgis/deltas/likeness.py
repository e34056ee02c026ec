"""Whether the feature that has a key is the one that a device means by it.

Sources give keys out again, and files are made anew. What a device saw is evidence of which feature it had. A few
differences are edits of others; many are another feature.
"""

import re
from collections.abc import Mapping
from typing import Any

from . import values
from .differences import View
from .stores.store import Row

_UUID = re.compile(r"\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.I)


def is_another(view: View, row: Row, said: Mapping[str, Any], place: str | None, names_place: bool) -> bool:
    """Whether a feature is another one than the device says it had: its attributes and, if it names one, its place."""
    alike = unlike = 0
    for name, value in said.items():
        found = row.attributes[name]
        if value is None and found is None:
            continue
        is_same = view.is_as_said(name, value, found)
        if _is_uuid(value) and _is_uuid(found):
            # Nobody edits these.
            return not is_same
        if is_same:
            alike += 1
        elif name not in view.written or view.written[name] != values.to_json(found):
            # What an edit has written is there for that, and says nothing.
            unlike += 1
    if not unlike:
        return False
    if not names_place or not view.target.is_spatial:
        return unlike >= 2 and unlike > 2 * alike
    was_moved = view.written.get("geometry") is not None and view.is_at_stored(row, view.written["geometry"])
    if was_moved or view.is_at(row, place):
        return unlike >= 2 and alike == 0
    return unlike >= alike


def _is_uuid(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None
