"""Why a source cannot be opened, where its provider keeps that to itself and QGIS says it to everybody at once.

The source is opened once more, alone, and what QGIS says meanwhile is about it.
"""

import time

from qgis.core import Qgis, QgsApplication, QgsDataProvider, QgsDataSourceUri, QgsMapLayer, QgsProviderRegistry

# A server that takes longer to say nothing is not asked again.
_PATIENCE_SECONDS = 2

_found: dict[tuple[str, str], str] = {}
_silent: dict[tuple[str, str], str] = {}


def cause(layer: QgsMapLayer) -> str:
    """What QGIS says about the source of a layer that cannot be opened, in one line; empty when that is nothing."""
    source = (layer.providerType(), layer.source())
    if source not in _found:
        _found[source] = _silent.get(_server(*source)) or _look(*source)
    return _found[source]


def _look(provider: str, source: str) -> str:
    said: list[str] = []

    def hear(text: str, _tag: str, _level: Qgis.MessageLevel) -> None:
        said.append(text)

    log = QgsApplication.messageLog()
    log.messageReceived[str, str, Qgis.MessageLevel].connect(hear)
    began = time.monotonic()
    try:
        # It goes when this is over.
        _opened = QgsProviderRegistry.instance().createProvider(provider, source, QgsDataProvider.ProviderOptions())
    finally:
        log.messageReceived[str, str, Qgis.MessageLevel].disconnect(hear)
    text = _one_line(said[0]) if said else ""
    if time.monotonic() - began > _PATIENCE_SECONDS:
        _silent[_server(provider, source)] = text
    return text


def _server(provider: str, source: str) -> tuple[str, str]:
    """Whom a source belongs to: all that it says of a connection, or of an address."""
    connection = QgsDataSourceUri(source).connectionInfo(False) if "table=" in source else ""
    url = QgsProviderRegistry.instance().decodeUri(provider, source).get("url")
    return provider, connection or str(url or source)


def _one_line(text: str) -> str:
    # The lines after the second one give advice for people at the server.
    lines = [line.strip().rstrip(":.") for line in text.splitlines() if line.strip()]
    return ": ".join(lines[:2])
