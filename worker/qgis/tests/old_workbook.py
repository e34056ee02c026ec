"""Writes `.xls`, the format before 2007, as far as the tests need it: sheets of texts and numbers."""

import struct
from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def write(path: Path, sheets: dict[str, list[list]]) -> None:
    """Writes a workbook; a cell is a text, a number or None."""
    stream = _workbook(sheets)
    # Shorter streams would lie elsewhere.
    stream += b"\0" * (max(4096, -(-len(stream) // _SECTOR) * _SECTOR) - len(stream))
    path.write_bytes(_compound_file(stream))


def _workbook(sheets: dict[str, list[list]]) -> bytes:
    parts = [_sheet(rows) for rows in sheets.values()]
    names = [name.encode("latin-1") for name in sheets]
    begin, end = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)), _record(0x0A, b"")
    offset = len(begin) + sum(4 + 8 + len(name) for name in names) + len(end)
    globals_ = begin
    for name, part in zip(names, parts, strict=True):
        globals_ += _record(0x85, struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name)
        offset += len(part)
    return globals_ + end + b"".join(parts)


def _sheet(rows: list[list]) -> bytes:
    records = [_record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(cell, str):
                records.append(_record(0x204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")))
            elif cell is not None:
                records.append(_record(0x203, place + struct.pack("<d", cell)))
    return b"".join([*records, _record(0x0A, b"")])


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound_file(stream: bytes) -> bytes:
    """A file system with the workbook as its one file: a table of sectors, a directory, the content."""
    count = len(stream) // _SECTOR
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 10
    )
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, _END, 0, _END, 0, 0) + struct.pack("<I", _FREE) * 108
    table = [_FAT, _END, *range(3, 2 + count), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    directory += b"\0" * (_SECTOR - len(directory))
    return header + struct.pack(f"<{len(table)}I", *table) + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    tree = struct.pack("<HBBIII", len(encoded) + 2, kind, 1, _FREE, _FREE, child)
    return encoded.ljust(64, b"\0") + tree + b"\0" * 36 + struct.pack("<II", start, size) + b"\0" * 4
