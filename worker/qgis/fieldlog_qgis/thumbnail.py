"""Draws a project's map view as a small picture."""

import os
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
)
from qgis.PyQt.QtCore import QEventLoop, QSize, Qt, QTimer
from qgis.PyQt.QtGui import QImage

from .log import logger
from .project_details import background_color
from .project_opening import OpenProject

SIZE = 100
TIME_LIMIT_SECONDS = 10

# Drawn larger and scaled down, as a person would shrink a screenshot: symbols keep their proportion
# to the map, where drawing them at full size into 100 pixels would bury it.
_OVERSAMPLING = 3


def draw_thumbnail(opened: OpenProject) -> QImage | None:
    """Draws the project's view; what is not drawn after the time limit is left out. None without a view."""
    if opened.view.isEmpty():
        return None
    job = QgsMapRendererParallelJob(_map_settings(opened))
    waiting = QEventLoop()
    job.finished.connect(waiting.quit)
    clock = QTimer()
    clock.setSingleShot(True)
    clock.timeout.connect(lambda: _cancel(job))
    clock.start(TIME_LIMIT_SECONDS * 1000)
    # In parallel each layer has a picture of its own, so an online layer that hangs holds up none of the rest.
    job.start()
    if job.isActive():
        waiting.exec_()
    clock.stop()
    for error in job.errors():
        logger.warning("Drawing layer %s: %s", error.layerID, error.message)
    return job.renderedImage().scaled(
        SIZE, SIZE, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def save_thumbnail(image: QImage, path: Path) -> None:
    """Writes the picture as PNG; a reader sees all of it or nothing."""
    unfinished = path.with_name(f".{path.name}.tmp")
    if not image.save(str(unfinished), "PNG"):
        raise OSError(f"The thumbnail cannot be written to {path}.")
    os.replace(unfinished, path)


def _cancel(job: QgsMapRendererParallelJob) -> None:
    logger.warning("Drawing takes longer than %s s: leaving out what is not there yet.", TIME_LIMIT_SECONDS)
    job.cancelWithoutBlocking()


def _map_settings(opened: OpenProject) -> QgsMapSettings:
    project, settings = opened.project, QgsMapSettings()
    settings.setDestinationCrs(opened.view.crs())
    settings.setTransformContext(project.transformContext())
    settings.setPathResolver(project.pathResolver())
    settings.setEllipsoid(project.ellipsoid())
    settings.setLabelingEngineSettings(project.labelingEngineSettings())
    settings.setBackgroundColor(background_color(project))
    settings.setFlag(Qgis.MapSettingsFlag.Antialiasing)
    settings.setFlag(Qgis.MapSettingsFlag.HighQualityImageTransforms)
    # The canvas is rarely square: the whole view is shown, with more of the map above and below or beside it.
    settings.setExtent(opened.view)
    settings.setOutputSize(QSize(SIZE * _OVERSAMPLING, SIZE * _OVERSAMPLING))
    settings.setOutputDpi(96)
    settings.setLayers(_visible_layers(opened))
    context = QgsExpressionContext()
    context.appendScopes(
        [
            QgsExpressionContextUtils.globalScope(),
            QgsExpressionContextUtils.projectScope(project),
            QgsExpressionContextUtils.mapSettingsScope(settings),
        ]
    )
    settings.setExpressionContext(context)
    return settings


def _visible_layers(opened: OpenProject) -> list:
    root = opened.project.layerTreeRoot()
    nodes = {layer.id(): root.findLayer(layer.id()) for layer in root.layerOrder()}
    return [
        layer
        for layer in root.layerOrder()
        if layer.isValid() and nodes[layer.id()] is not None and nodes[layer.id()].isVisible()
    ]
