"""A package in a folder: the layers of its project file, and where their features are."""

import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PackagedLayer:
    id: str
    name: str
    crs: str
    source_id: str  # the layer in the project
    source_key: str  # the column with the key that the feature has in the project's data
    file: Path
    table: str


def packaged_layers(folder: Path) -> list[PackagedLayer]:
    """The layers that can be worked on without a network."""
    (project_file,) = [path for path in folder.iterdir() if path.suffix in (".qgs", ".qgz")]
    with zipfile.ZipFile(project_file) as archive:
        root = ElementTree.fromstring(archive.read(f"{project_file.stem}.qgs"))
    layers = (_layer(folder, element) for element in root.iter("maplayer"))
    return [layer for layer in layers if layer]


def _layer(folder: Path, element: ElementTree.Element) -> PackagedLayer | None:
    properties = {option.get("name"): option.get("value") for option in element.iterfind("customproperties/Option/Option")}
    if properties.get("isOfflineEditable") != "true":
        return None
    file, _, table = element.findtext("datasource").partition("|layername=")
    return PackagedLayer(
        id=element.findtext("id"),
        name=element.findtext("layername"),
        crs=element.findtext("srs/spatialrefsys/authid"),
        source_id=properties["remoteLayerId"],
        source_key=properties["QFieldSync/sourceDataPrimaryKeys"],
        file=folder / file,
        table=table,
    )
