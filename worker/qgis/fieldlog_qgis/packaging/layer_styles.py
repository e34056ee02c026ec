"""The styles of a layer: each keeps its own forms, constraints and properties, and people switch between them."""

from collections.abc import Callable

from qgis.core import QgsMapLayer, QgsProject

Change = Callable[[QgsMapLayer], None]


class StyleChanges:
    """Changes to layers that are to hold in each of their styles, made in one go: switching styles is slow."""

    def __init__(self):
        self._changes: dict[str, list[Change]] = {}

    def add(self, layer: QgsMapLayer, change: Change) -> None:
        """Notes a change to a layer."""
        self._changes.setdefault(layer.id(), []).append(change)

    def apply(self, project: QgsProject) -> None:
        """Makes all changes; each layer is left in the style it was in."""
        for id, changes in self._changes.items():
            layer = project.mapLayer(id)
            manager = layer.styleManager()
            current = manager.currentStyle()
            for name in [name for name in manager.styles() if name != current] + [current]:
                if name != manager.currentStyle():
                    manager.setCurrentStyle(name)
                for change in changes:
                    change(layer)
