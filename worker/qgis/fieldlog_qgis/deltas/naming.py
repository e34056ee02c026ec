"""Which columns of a layer the names in a delta mean."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .. import same_file

# A package numbers its own key when the source has a field of that name (`packaging/geopackage.py`).
_KEY_OF_PACKAGES = re.compile(r"fid(_\d+)?", re.I)


@dataclass
class Named:
    """The values of a delta by the names of the columns."""

    values: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, Any] = field(default_factory=dict)
    """Those that have no column, by the device's names."""
    computed: list[str] = field(default_factory=list)
    """The device's names of joined and computed fields with a value: nothing of them is ever stored."""


class Names:
    """The names of a layer's columns: the exact one comes first, then the one that differs in accents or case only."""

    def __init__(self, stored: Iterable[str], shown: Iterable[str]):
        """`stored` are the columns that can be written; `shown` all fields of the layer, also joined and computed."""
        self._stored = list(stored)
        self._computed = set(shown) - set(self._stored)
        self._computed_alike = {same_file.key(name) for name in self._computed}

    def sort(self, attributes: dict[str, Any], said: dict[str, str | None], local_pk: str) -> Named:
        """The columns of what a device says; `said` is what a manager has said that names of the device mean."""
        named = Named()
        exact = set(attributes) & set(self._stored)
        for name, value in attributes.items():
            column = self._column(name, said)
            if column is not None and (column == name or column not in exact):
                named.values[column] = value
            elif self._is_computed(name):
                named.computed += [name] if value is not None else []
            elif not (name in said and said[name] is None) and not _is_key_of_package(name, value, local_pk):
                named.missing[name] = value
        return named

    def _column(self, name: str, said: dict[str, str | None]) -> str | None:
        if name in self._stored:
            return name
        if name in said:
            return said[name] if said[name] in self._stored else None
        return same_file.pick(name, self._stored)

    def _is_computed(self, name: str) -> bool:
        return name in self._computed or same_file.key(name) in self._computed_alike


def _is_key_of_package(name: str, value: Any, local_pk: str) -> bool:
    return _KEY_OF_PACKAGES.fullmatch(name) is not None and (value is None or str(value) == local_pk)
