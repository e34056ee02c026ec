"""Copies the files of layers that stay what they are into the package, and points the layers to them."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from osgeo import gdal
from qgis.core import QgsMapLayer
from qgis.PyQt.QtCore import QUrl

from ..errors import LayerNotPackaged
from ..log import logger
from .package import Package
from .sources import Location, embedded_sources, locate_source, moved

# By format: shapefile, MapInfo, world files of pictures, descriptions, overviews and masks.
_SAME_STEM = frozenset(
    ".shp .shx .dbf .prj .qpj .cpg .qix .sbn .sbx .fbn .fbx .ain .aih .ixs .mxs .atx .idm .ind "
    ".tab .dat .map .id .mif .mid .csvt .wld .tfw .tifw .jgw .jpgw .pgw .pngw .gfw .bpw .bqw .sdw .rpw "
    ".rrd .aux .hdr .clr .rsc".split()
)
_APPENDED = (".aux.xml", ".ovr", ".msk", ".xml", ".prj", ".wld")


class LayerFiles:
    """Copies each file of the project once, however many layers use it."""

    def __init__(self, package: Package):
        self._package = package
        self._targets: dict[Path, Path] = {}

    def take(self, layer: QgsMapLayer, location: Location) -> None:
        """Copies what a layer needs; a layer whose data are in no file stays as it is."""
        if layer.providerType() == "virtual":
            self._take_virtual(layer)
        elif location.path is not None:
            target = self._copy(location.path, layer)
            provider = layer.providerType()
            self._package.repoint(layer, moved(provider, layer.source(), target), provider)

    def _take_virtual(self, layer: QgsMapLayer) -> None:
        url = layer.source()
        for source in embedded_sources(layer):
            path = locate_source(source.provider(), source.source(), self._package.opened.roots).path
            if path is not None:
                new = moved(source.provider(), source.source(), self._copy(path, layer))
                url = url.replace(_encoded(source.source()), _encoded(new))
        if url != layer.source():
            self._package.repoint(layer, url, "virtual")

    def _copy(self, path: Path, layer: QgsMapLayer) -> Path:
        if path not in self._targets:
            self._targets[path] = self._copy_folder(path) if path.is_dir() else self._copy_file(path, layer)
        return self._targets[path]

    def _copy_folder(self, path: Path) -> Path:
        export, name, number = self._package.export, PurePosixPath(path.name), 1
        while not export.has_room(path, name):
            number += 1
            name = PurePosixPath(f"{path.stem}_{number}{path.suffix}")
        export.copy_folder(path, name)
        return export.root / name

    def _copy_file(self, path: Path, layer: QgsMapLayer) -> Path:
        """Copies a file and those beside it that belong to it; if one has to be renamed, all are."""
        export, stem, number = self._package.export, path.stem, 1
        files = [path, *_side_files(path)]
        names = _names(files, path, stem)
        while not all(export.has_room(file, name) for file, name in zip(files, names, strict=True)):
            number += 1
            stem = f"{path.stem}_{number}"
            renamed = _names(files, path, stem)
            if any(
                new == old and not export.has_room(file, new)
                for file, old, new in zip(files, names, renamed, strict=True)
            ):
                raise LayerNotPackaged(
                    f"Layer '{layer.name()}' cannot be packaged: files that '{path.name}' refers to by name have "
                    "the names of other files of the package."
                )
            names = renamed
        if number > 1:
            logger.warning("'%s' of layer '%s' is packaged as '%s'", path.name, layer.name(), names[0])
        targets = [export.copy(file, name) for file, name in zip(files, names, strict=True)]
        return targets[0]


def _names(files: list[Path], main: Path, stem: str) -> list[PurePosixPath]:
    """The names of files in the package: beside the main file as before, which stands at the root."""
    names = []
    for file in files:
        relative = file.relative_to(main.parent)
        own = relative.name.startswith(f"{main.stem}.") and len(relative.parts) == 1
        name = stem + relative.name.removeprefix(main.stem) if own else relative.name
        names.append(PurePosixPath(relative.with_name(name).as_posix()))
    return names


def _side_files(path: Path) -> Iterator[Path]:
    """The other files of a dataset, as far as they lie beside or below it."""
    found = set()
    for file in sorted(path.parent.iterdir()):
        same_stem = file.stem == path.stem and file.suffix.lower() in _SAME_STEM
        if same_stem or file.name.removeprefix(path.name).lower() in _APPENDED or file.name == f"{path.stem}.shp.xml":
            found.add(file)
    found.update(_parts_of_virtual(path))
    return iter(sorted(file for file in found if file != path and file.is_file()))


def _parts_of_virtual(path: Path) -> Iterator[Path]:
    if path.suffix.lower() != ".vrt":
        return
    with gdal.ExceptionMgr(useExceptions=True):
        data = gdal.OpenEx(str(path), gdal.OF_READONLY)
        names = data.GetFileList() or []
    # GDAL follows the link from the working copy before it looks for the parts.
    folder = path.resolve().parent
    for name in names:
        if Path(name).is_relative_to(folder):
            yield path.parent / Path(name).relative_to(folder)


def _encoded(source: str) -> str:
    return bytes(QUrl.toPercentEncoding(source)).decode("ascii")
