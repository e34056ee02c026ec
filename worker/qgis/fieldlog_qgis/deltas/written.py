"""What applied edits have written into features: such a value tells nothing of which feature it is."""

from collections.abc import Mapping
from typing import Any


class Written:
    """By layer and key, what edits wrote: values as JSON by column, and the place as "geometry"."""

    def __init__(self, earlier: Mapping[str, Mapping[str, dict]]):
        """`earlier` are the edits of earlier jobs: by layer and key, a feature as far as they were about it."""
        self._by_feature: dict[tuple[str, str], dict[str, Any]] = {}
        for layer, features in earlier.items():
            for key, after in features.items():
                self.note(layer, key, after)

    def note(self, layer: str, key: str, after: Mapping[str, Any] | None) -> None:
        """Hears how an edit left a feature."""
        if after is not None:
            written = self._by_feature.setdefault((layer, key), {})
            written.update(after.get("attributes") or {})
            if "geometry" in after:
                written["geometry"] = after["geometry"]

    def of(self, layer: str, key: Any) -> Mapping[str, Any]:
        """What edits wrote into a feature."""
        return self._by_feature.get((layer, str(key)), {})
