"""A copy of a project on a device: its features, and what is done to them in the field."""

import itertools
import uuid
from dataclasses import dataclass
from pathlib import Path

from .deltas import delta
from .geopackage import geometry_column, key_column, rows
from .package import PackagedLayer, packaged_layers

# Keys of features that the device makes lie above those that came with the package.
FIRST_NEW_KEY = 1_000


@dataclass(frozen=True)
class Feature:
    layer: PackagedLayer
    local_key: str
    source_key: str  # empty for a feature that this device made
    attributes: dict
    geometry: str | bytes | None


class Device:
    """`package` is what `packages/…/latest/` answered, `folder` where its files are."""

    def __init__(self, package: dict, folder: Path):
        self.client, self.export = str(uuid.uuid4()), package["package_id"]
        self.layers = {layer.id: layer for layer in packaged_layers(folder)}
        self.new_keys = itertools.count(FIRST_NEW_KEY)

    def features(self, layer_id: str) -> list[Feature]:
        layer = self.layers[layer_id]
        key, geometry = key_column(layer.file, layer.table), geometry_column(layer.file, layer.table)
        found = []
        for row in rows(layer.file, layer.table):
            attributes = {name: value for name, value in row.items() if name != geometry}
            found.append(Feature(layer, str(row[key]), str(row[layer.source_key]), attributes, row[geometry]))
        return found

    def feature(self, layer_id: str, **attributes) -> Feature:
        """The one that has these attributes."""
        (found,) = [one for one in self.features(layer_id) if attributes.items() <= one.attributes.items()]
        return found

    def create(self, layer_id: str, geometry: str, **attributes) -> dict:
        layer, key = self.layers[layer_id], next(self.new_keys)
        names = self.features(layer_id)[0].attributes
        attributes = {**dict.fromkeys(names), key_column(layer.file, layer.table): key, **attributes}
        return self._delta("create", Feature(layer, str(key), "", attributes, geometry), new=_state(attributes, geometry))

    def made_by(self, created: dict) -> Feature:
        """The feature that a create made, as the device knows it until it downloads the next package."""
        new = created["new"]
        return Feature(self.layers[created["localLayerId"]], created["localPk"], "", new["attributes"], new["geometry"])

    def patch(self, feature: Feature, **attributes) -> dict:
        return self._delta("patch", feature, old=_snapshot(feature), new={"attributes": attributes, "is_snapshot": False})

    def move(self, feature: Feature, geometry: str) -> dict:
        return self._delta("patch", feature, old=_snapshot(feature), new={"geometry": geometry, "is_snapshot": False})

    def delete(self, feature: Feature) -> dict:
        geometry = feature.geometry if isinstance(feature.geometry, str) else None
        return self._delta("delete", feature, old=_state(feature.attributes, geometry))

    def _delta(self, method: str, feature: Feature, **states) -> dict:
        return delta(
            method,
            clientId=self.client,
            exportId=self.export,
            localPk=feature.local_key,
            sourcePk=feature.source_key,
            localLayerId=feature.layer.id,
            localLayerName=feature.layer.name,
            localLayerCrs=feature.layer.crs,
            sourceLayerId=feature.layer.source_id,
            **states,
        )


def _snapshot(feature: Feature) -> dict:
    """The whole feature, as QField notes it since August 2026; a place only where it is known as text."""
    is_text = not isinstance(feature.geometry, bytes)
    return {"attributes": feature.attributes, "is_snapshot": True} | ({"geometry": feature.geometry} if is_text else {})


def _state(attributes: dict, geometry: str | None) -> dict:
    return {"geometry": geometry, "attributes": attributes}
