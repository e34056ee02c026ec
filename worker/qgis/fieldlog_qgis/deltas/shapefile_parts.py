"""The files of a shapefile: whether they are of one state, and which only mislead once it was changed."""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEAD = 100
_ENTRY = 8
# Other programs' indexes, which nobody here can bring up to date; without them everything is found, only later.
_INDEXES = (".sbn", ".sbx", ".fbn", ".fbx", ".fix", ".ain", ".aih", ".ixs", ".mxs", ".idm", ".ind", ".atx")


def why_torn(shape: Path) -> str | None:
    """Why the files of a shapefile are not of one state, as in the middle of an upload; None if nothing shows that."""
    offsets, table = _beside(shape, ".shx"), _beside(shape, ".dbf")
    if offsets is None or table is None or shape.suffix.lower() != ".shp":
        return None
    records, rows = max(offsets.stat().st_size - _HEAD, 0) // _ENTRY, _rows(table)
    if records != rows:
        return f"'{offsets.name}' has {records} records and '{table.name}' has {rows}"
    for number in sorted({1, records} if records else ()):
        if not _is_at(shape, offsets, number):
            return f"'{shape.name}' has no record {number} where '{offsets.name}' has it"
    return None


def remove_indexes(shape: Path) -> None:
    """Removes the indexes of a shapefile, or of all in a folder, that is to be changed."""
    shapes = [file for file in shape.iterdir() if file.suffix.lower() == ".shp"] if shape.is_dir() else [shape]
    for file in [file for shape in shapes for file in _files(shape)]:
        if file.suffix.lower() in _INDEXES:
            file.unlink()


def _files(shape: Path) -> Iterator[Path]:
    # An index of one column is called `trees.column.atx`.
    for file in shape.parent.iterdir():
        is_own = file.stem == shape.stem or (file.suffix.lower() == ".atx" and file.name.startswith(f"{shape.stem}."))
        if is_own and file.is_file():
            yield file


def _beside(shape: Path, suffix: str) -> Path | None:
    return next((file for file in _files(shape) if file.stem == shape.stem and file.suffix.lower() == suffix), None)


def _rows(table: Path) -> int:
    with open(table, "rb") as file:
        head = file.read(8)
    return struct.unpack("<I", head[4:8])[0] if len(head) == 8 else 0


def _is_at(shape: Path, offsets: Path, number: int) -> bool:
    with open(offsets, "rb") as file:
        file.seek(_HEAD + (number - 1) * _ENTRY)
        place, words = struct.unpack(">2I", file.read(_ENTRY))
    with open(shape, "rb") as file:
        file.seek(place * 2)
        head = file.read(_ENTRY)
    return len(head) == _ENTRY and struct.unpack(">2I", head) == (number, words)
