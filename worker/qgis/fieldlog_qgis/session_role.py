"""The role that a source on PostgreSQL names itself (`session_role`), which gives way to that of the job's person.

It is exchanged while a project is read, and changed back in all that leaves the job.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from qgis.core import QgsDataSourceUri, QgsPathResolver

from .pg_service import effective_role

PARAMETER = "session_role"

# By what identifies a source otherwise.
_own_roles: dict[tuple, str] = {}


@contextmanager
def exchanged() -> Iterator[None]:
    """Sources that are opened in here have the job's role in place of their own."""
    role = effective_role(os.environ)
    if not role:
        yield
        return
    added = QgsPathResolver.setPathPreprocessor(lambda source: _exchange(source, role))
    try:
        yield
    finally:
        QgsPathResolver.removePathPreprocessor(added)


def with_own(source: str) -> str:
    """The source with the role that it has in the project."""
    if not _own_roles or PARAMETER not in source:
        return source
    uri = QgsDataSourceUri(source)
    own = _own_roles.get(_identity(uri))
    if own is None:
        return source
    uri.removeParam(PARAMETER)
    uri.setParam(PARAMETER, own)
    return uri.uri(False)


def _exchange(source: str, role: str) -> str:
    if PARAMETER not in source:
        return source
    uri = QgsDataSourceUri(source)
    own = uri.param(PARAMETER)
    # QGIS asks more than once.
    if own in ("", role):
        return source
    _own_roles[_identity(uri)] = own
    uri.removeParam(PARAMETER)
    uri.setParam(PARAMETER, role)
    return uri.uri(False)


def _identity(uri: QgsDataSourceUri) -> tuple:
    return (uri.connectionInfo(False), uri.schema(), uri.table(), uri.geometryColumn())
