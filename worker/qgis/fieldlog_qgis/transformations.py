"""Which grids would make the transformations of a project more exact, and are not there.

QGIS takes the first operation of PROJ's list that it can do, the most exact ones being first. What stands before
it in the list, and is made for the place where the data are, is what it would have done with more grids.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCoordinateTransformContext,
    QgsCsException,
    QgsDatumTransform,
    QgsGeometry,
    QgsMapLayer,
    QgsProject,
    QgsRectangle,
)

from .log import logger
from .project_details import WGS84

Place = Callable[[], QgsRectangle | None]


@dataclass(frozen=True)
class MissingGrids:
    """A transformation that is done with less accuracy, or not at all, for want of grids; accuracies are in metres."""

    source: str
    target: str
    grids: tuple[str, ...]
    accuracy: float
    used_accuracy: float | None

    def __str__(self) -> str:
        names = " and ".join(f"'{grid}'" for grid in self.grids)
        what = f"the grid {names}" if len(self.grids) == 1 else f"the grids {names}"
        if self.used_accuracy is None:
            return f"{self.source} cannot be transformed to {self.target} without {what}"
        return (
            f"{self.source} is transformed to {self.target} with {_metres(self.used_accuracy)} of accuracy; "
            f"it would be {_metres(self.accuracy)} with {what}"
        )


class Transformations:
    """Looks at the transformations of a project."""

    def __init__(self, project: QgsProject):
        self._project = project
        self._operations: dict[tuple[str, str], list[QgsDatumTransform.TransformDetails]] = {}

    def of_layer(self, layer: QgsMapLayer) -> MissingGrids | None:
        """What is missing to show a layer exactly where it belongs in the project."""
        if not layer.isValid() or not layer.isSpatial():
            return None
        return self._missing(layer.crs(), self._project.crs(), lambda: _in_degrees(layer.extent(), layer.crs()))

    def of_geometry(
        self, geometry: QgsGeometry, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
    ) -> MissingGrids | None:
        """What is missing to bring a geometry exactly from one system into another."""
        return self._missing(source, target, lambda: _in_degrees(geometry.boundingBox(), source))

    def warn(self) -> None:
        """Says in the log what is missing, once for layers that lack the same."""
        found = (self.of_layer(layer) for layer in self._project.mapLayers().values())
        for missing in dict.fromkeys(found):
            if missing is not None:
                logger.warning("%s, which is not there.", missing)

    def _missing(
        self, source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem, place: Place
    ) -> MissingGrids | None:
        if not source.isValid() or not target.isValid() or source == target:
            return None
        if self._project.transformContext().hasTransform(source, target):
            return self._missing_for_chosen(source, target)
        before, used = [], None
        for operation in self._between(source, target):
            if operation.isAvailable:
                used = operation
                break
            before.append(operation)
        better = [operation for operation in before if _is_better(operation, used)]
        area = place() if better else None
        fitting = (operation for operation in better if area is None or _covers(operation, area))
        wanted = next(fitting, None)
        return None if wanted is None else _describe(source, target, wanted, used)

    def _missing_for_chosen(self, source, target) -> MissingGrids | None:
        """What is missing for the operation that the project's people have chosen."""
        context = self._project.transformContext()
        if context.mustReverseCoordinateOperation(source, target):
            source, target = target, source
        chosen = context.calculateCoordinateOperation(source, target)
        operations = [operation for operation in self._between(source, target) if operation.proj == chosen]
        if not operations or operations[0].isAvailable:
            return None
        return _describe(source, target, operations[0], None)

    def _between(self, source, target) -> list[QgsDatumTransform.TransformDetails]:
        pair = (source.toWkt(), target.toWkt())
        if pair not in self._operations:
            with _quiet():
                self._operations[pair] = QgsDatumTransform.operations(source, target)
        return self._operations[pair]


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing reaches stderr: PROJ complains there, twice, of each grid that is missing."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _is_better(operation, used) -> bool:
    # An unknown accuracy is -1.
    return used is None or used.accuracy < 0 or 0 <= operation.accuracy < used.accuracy


def _covers(operation, area: QgsRectangle) -> bool:
    return operation.bounds.isNull() or operation.bounds.intersects(area)


def _describe(source, target, wanted, used) -> MissingGrids:
    grids = tuple(grid.shortName for grid in wanted.grids if not grid.isAvailable)
    return MissingGrids(
        source.authid() or source.description(),
        target.authid() or target.description(),
        grids,
        wanted.accuracy,
        None if used is None else used.accuracy,
    )


def _in_degrees(extent: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> QgsRectangle | None:
    """Where something lies, about; None where that is not known."""
    if extent.isNull() or not extent.isFinite():
        return None
    transform = QgsCoordinateTransform(crs, QgsCoordinateReferenceSystem(WGS84), QgsCoordinateTransformContext())
    try:
        return transform.transformBoundingBox(extent)
    except QgsCsException:
        return None


def _metres(accuracy: float) -> str:
    return f"{accuracy:g} m" if accuracy >= 0 else "an unknown degree"
