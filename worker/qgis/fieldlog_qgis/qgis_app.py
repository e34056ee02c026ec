"""QGIS itself, without a display, started once per process."""

import os
import sys
import tempfile
from pathlib import Path

from osgeo import gdal
from qgis.core import Qgis, QgsApplication, QgsNetworkAccessManager, QgsProject, QgsSettings
from qgis.PyQt.QtCore import QtMsgType, qInstallMessageHandler

from . import grids
from .log import logger

NETWORK_TIMEOUT_SECONDS = 5

_LEVELS = {Qgis.MessageLevel.Warning: logger.warning, Qgis.MessageLevel.Critical: logger.error}
_QT_LEVELS = {QtMsgType.QtCriticalMsg: logger.error, QtMsgType.QtFatalMsg: logger.critical}

_application: QgsApplication | None = None


def start() -> str:
    """Starts QGIS unless it runs already (a warm container has done so); returns its version."""
    global _application  # noqa: PLW0603 - Qt allows one application per process
    if _application is None:
        _make_runtime_directory()
        grids.use(os.environ)
        _limit_waiting()
        qInstallMessageHandler(_log_qt_message)
        # With Python's own hook in place, PyQt ends the process on an error in a function that Qt calls.
        sys.excepthook = _log_uncaught
        # A profile of its own, since the home directory may be shared or read-only.
        _application = QgsApplication([], False, tempfile.mkdtemp(prefix="fieldlog-profile-"))
        QgsApplication.messageLog().messageReceived[str, str, Qgis.MessageLevel].connect(_log_message)
        QgsApplication.initQgis()
        QgsSettings().setValue("qgis/networkAndProxy/networkTimeout", NETWORK_TIMEOUT_SECONDS * 1000)
        QgsNetworkAccessManager.setTimeout(NETWORK_TIMEOUT_SECONDS * 1000)
        # QGIS gives PostgreSQL half a minute for each of several attempts, whatever the environment says.
        QgsSettings().setValue("PostgreSQL/default_timeout", NETWORK_TIMEOUT_SECONDS, QgsSettings.Section.Providers)
    return Qgis.QGIS_VERSION


def stop() -> None:
    """Closes the project and QGIS."""
    global _application  # noqa: PLW0603
    if _application is not None:
        QgsProject.instance().clear()
        QgsApplication.exitQgis()
        qInstallMessageHandler(None)
        _application = None


def _make_runtime_directory() -> None:
    # Qt complains on each start about a directory that others can read.
    if path := os.environ.get("XDG_RUNTIME_DIR"):
        Path(path).mkdir(mode=0o700, parents=True, exist_ok=True)


def _limit_waiting() -> None:
    # Each library that can reach out has a clock of its own.
    os.environ.setdefault("PGCONNECT_TIMEOUT", str(NETWORK_TIMEOUT_SECONDS))
    gdal.SetConfigOption("GDAL_HTTP_TIMEOUT", str(NETWORK_TIMEOUT_SECONDS))
    gdal.SetConfigOption("GDAL_HTTP_CONNECTTIMEOUT", str(NETWORK_TIMEOUT_SECONDS))
    gdal.SetConfigOption("GDAL_HTTP_MAX_RETRY", "0")


def _log_uncaught(kind, error, trace) -> None:
    logger.error("Uncaught: %s", error, exc_info=(kind, error, trace))


def _log_message(text: str, tag: str, level: Qgis.MessageLevel) -> None:
    _LEVELS.get(level, logger.info)("QGIS %s: %s", tag, text.strip())


def _log_qt_message(kind: QtMsgType, _context, text: str) -> None:
    if kind != QtMsgType.QtDebugMsg:
        _QT_LEVELS.get(kind, logger.info)("Qt: %s", text.strip())
