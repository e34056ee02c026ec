"""Well-known binary taken apart, and written as WKT or GeoJSON without losing a bit of any coordinate."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAX_DEPTH = 32

_NAMES = {
    1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon",
    7: "GeometryCollection", 8: "CircularString", 9: "CompoundCurve", 10: "CurvePolygon", 11: "MultiCurve",
    12: "MultiSurface", 15: "PolyhedralSurface", 16: "TIN", 17: "Triangle",
}  # fmt: skip
_POINT = 1
_OF_VERTICES = (2, 8)
_OF_RINGS = (3, 17)
# The type that parts have unless they say so: `MultiPoint ((1 2))`, but `MultiCurve (LineString (1 2, 3 4))`.
_UNNAMED_PARTS = {4: 1, 5: 2, 6: 3, 9: 2, 10: 2, 15: 3, 16: 17}
_AXES = {(False, False): "", (True, False): " Z", (False, True): " M", (True, True): " ZM"}


@dataclass(frozen=True)
class Shape:
    """A geometry as nested tuples: `content` holds numbers, vertices, rings or other shapes, by type."""

    type: int
    has_z: bool
    has_m: bool
    content: tuple


def parse(wkb: bytes) -> Shape:
    """Takes ISO or extended WKB of either byte order apart; ValueError when it is none."""
    try:
        shape, end = _parse(memoryview(wkb), 0, 0)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"The stored geometry is no WKB that can be read: {error}.") from error
    if end != len(wkb):
        raise ValueError(f"The stored geometry has {len(wkb) - end} bytes after its end.")
    return shape


def vertex_count(shape: Shape) -> int:
    """How many vertices there are in all parts; an empty point has none."""
    if shape.type == _POINT:
        return 0 if is_empty(shape) else 1
    if shape.type in _OF_VERTICES:
        return len(shape.content)
    if shape.type in _OF_RINGS:
        return sum(len(ring) for ring in shape.content)
    return sum(vertex_count(part) for part in shape.content)


def vertices(shape: Shape) -> Iterator[tuple]:
    """The vertices of all parts, in their order."""
    if shape.type == _POINT:
        if not is_empty(shape):
            yield shape.content
    elif shape.type in _OF_VERTICES:
        yield from shape.content
    elif shape.type in _OF_RINGS:
        for ring in shape.content:
            yield from ring
    else:
        for part in shape.content:
            yield from vertices(part)


def is_empty(shape: Shape) -> bool:
    """Whether there is nothing in it. Empty points have no number in WKB but NaN."""
    if shape.type == _POINT:
        return all(math.isnan(value) for value in shape.content)
    return not shape.content


def to_wkt(shape: Shape) -> str:
    """WKT whose numbers are the shortest that read back as the same doubles."""
    return f"{_NAMES[shape.type]}{_AXES[shape.has_z, shape.has_m]} {_body(shape)}"


def to_geojson(shape: Shape) -> dict:
    """A GeoJSON geometry, with Z if there is one; ValueError for a type that GeoJSON does not have."""
    if shape.type > 7 or shape.has_m:
        raise ValueError(f"GeoJSON has no geometry of type {_NAMES[shape.type]}{_AXES[shape.has_z, shape.has_m]}")
    if shape.type == 7:
        return {"type": _NAMES[7], "geometries": [to_geojson(part) for part in shape.content]}
    return {"type": _NAMES[shape.type], "coordinates": _coordinates(shape)}


def _parse(wkb: memoryview, at: int, depth: int) -> tuple[Shape, int]:
    if depth > MAX_DEPTH:
        raise ValueError(f"The stored geometry nests more than {MAX_DEPTH} deep.")
    order = "<" if wkb[at] == 1 else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    at += 5
    flags, code = code & 0xF0000000, code & 0x0FFFFFFF
    thousands, kind = divmod(code, 1000)
    has_z, has_m = bool(flags & 0x80000000) or thousands in (1, 3), bool(flags & 0x40000000) or thousands in (2, 3)
    if flags & 0x20000000:
        at += 4  # an SRID
    size = 2 + has_z + has_m
    if kind == _POINT:
        return Shape(kind, has_z, has_m, struct.unpack_from(f"{order}{size}d", wkb, at)), at + 8 * size
    if kind not in _NAMES:
        raise ValueError(f"The stored geometry has the unknown type {code}.")
    (count,) = struct.unpack_from(f"{order}I", wkb, at)
    at += 4
    if kind in _OF_VERTICES:
        content, at = _vertices(wkb, at, order, count, size)
        return Shape(kind, has_z, has_m, content), at
    parts = []
    for _ in range(count):
        if kind in _OF_RINGS:
            (length,) = struct.unpack_from(f"{order}I", wkb, at)
            part, at = _vertices(wkb, at + 4, order, length, size)
        else:
            part, at = _parse(wkb, at, depth + 1)
        parts.append(part)
    return Shape(kind, has_z, has_m, tuple(parts)), at


def _vertices(wkb: memoryview, at: int, order: str, count: int, size: int) -> tuple[tuple, int]:
    end = at + 8 * count * size
    if end > len(wkb):
        raise ValueError(f"The stored geometry ends in the middle: {len(wkb)} bytes, expected at least {end}.")
    values = struct.unpack_from(f"{order}{count * size}d", wkb, at)
    return tuple(zip(*[iter(values)] * size, strict=True)), end


def _body(shape: Shape) -> str:
    if is_empty(shape):
        return "EMPTY"
    if shape.type == _POINT:
        return f"({_vertex(shape.content)})"
    if shape.type in _OF_VERTICES:
        return _line(shape.content)
    if shape.type in _OF_RINGS:
        return f"({', '.join(_line(ring) for ring in shape.content)})"
    unnamed = _UNNAMED_PARTS.get(shape.type)
    return f"({', '.join(_body(part) if part.type == unnamed else to_wkt(part) for part in shape.content)})"


def _line(vertices: tuple) -> str:
    return f"({', '.join(map(_vertex, vertices))})"


def _vertex(values: tuple) -> str:
    return " ".join(repr(value).removesuffix(".0") for value in values)


def _coordinates(shape: Shape) -> list:
    if shape.type == _POINT:
        return [] if is_empty(shape) else list(shape.content)
    if shape.type in _OF_VERTICES:
        return [list(vertex) for vertex in shape.content]
    if shape.type in _OF_RINGS:
        return [[list(vertex) for vertex in ring] for ring in shape.content]
    return [_coordinates(part) for part in shape.content]
