"""An invented stretch of river valley: the same river, reaches, habitats and points on every run.

Plain numbers and no QGIS. Coordinates are metres in UTM zone 32N (EPSG:25832), near the Alpine foothills.
"""

import math
import random

ORIGIN = (690_400.0, 5_291_200.0)
LENGTH = 3_000.0
REACHES = (
    # name, share of the length where it ends, structural condition 1 (natural) to 5 (channelised)
    ("Upper gorge", 0.13, 1),
    ("Mill weir", 0.27, 4),
    ("Alder bend", 0.43, 2),
    ("Village channel", 0.58, 5),
    ("Old meander", 0.74, 3),
    ("Gravel flats", 0.88, 1),
    ("Confluence", 1.0, 2),
)
# For each band of the valley floor, from the bank outwards: its habitats as the river passes through them.
_BANDS = (
    ("gravel_bar", "willow_scrub", "gravel_bar", "reed_bed", "gravel_bar", "willow_scrub", "reed_bed"),
    ("alluvial_forest", "wet_meadow", "alluvial_forest", "wet_meadow", "alluvial_forest", "reed_bed", "wet_meadow"),
    ("hay_meadow", "arable", "hay_meadow", "arable", "wet_meadow", "hay_meadow", "arable"),
    ("conifer_forest", "hay_meadow", "conifer_forest", "settlement", "arable", "conifer_forest", "hay_meadow"),
)
_CENTRE = 0.5


def river_point(share: float, offset: float = 0.0) -> tuple[float, float]:
    """The point at a share (0 to 1) of the river's length, so many metres to the left of the middle."""
    def bend(s: float) -> tuple[float, float]:
        x = s * LENGTH
        y = 210 * math.sin(2 * math.pi * (s * 1.55 + 0.06)) + 75 * math.sin(2 * math.pi * (s * 3.7 + 0.3)) + 420 * s
        return x, y

    x, y = bend(share)
    (x1, y1), (x2, y2) = bend(share - 1e-4), bend(share + 1e-4)
    length = math.hypot(x2 - x1, y2 - y1)
    return (
        round(ORIGIN[0] + x - offset * (y2 - y1) / length, 2),
        round(ORIGIN[1] + y + offset * (x2 - x1) / length, 2),
    )


def reaches() -> list[dict]:
    """The river, cut into reaches."""
    cut, start = [], 0.0
    for number, (name, end, condition) in enumerate(REACHES, 1):
        steps = 40
        line = [river_point(start + (end - start) * i / steps) for i in range(steps + 1)]
        cut.append({"code": f"R{number:02}", "name": name, "condition": condition, "line": line})
        start = end
    return cut


def habitats() -> list[dict]:
    """Bands of habitat on both sides of the river, their borders a little irregular."""
    chance, areas = random.Random(20_240_611), []
    for side in (1, -1):
        for band, kinds in enumerate(_BANDS):
            ends = [0.0, *(end + chance.uniform(-0.04, 0.04) for _, end, _ in REACHES[:-1]), 1.0]
            for index, kind in enumerate(kinds if side == 1 else kinds[::-1]):
                start, end = ends[index], ends[index + 1]
                steps = max(8, round((end - start) * 90))
                shares = [start + (end - start) * i / steps for i in range(steps + 1)]
                inner = [_border(band, side, share) for share in shares]
                outer = [_border(band + 1, side, share) for share in shares]
                areas.append({"habitat": kind, "side": side, "ring": [*inner, *outer[::-1], inner[0]]})
    return areas


def _border(band: int, side: int, share: float) -> tuple[float, float]:
    """A point of the border where a band begins, seen from the river."""
    wave = math.sin(2 * math.pi * (share * (4 + band) + band * 0.37 + (0.21 if side < 0 else 0)))
    distance, swing = ((9.0, 0.0), (40.0, 0.16), (150.0, 0.16), (310.0, 0.14), (1_700.0, 0.0))[band]
    distance *= 1 + swing * wave
    if band < 2:
        return river_point(share, side * distance)
    # Far from the river, a border at a right angle to it would cross itself inside a bend; a slant does not.
    x, y = river_point(share)
    return round(x + 0.3 * side * distance, 2), round(y + side * distance, 2)


def sampling_points() -> list[dict]:
    """Where the survey has taken samples so far."""
    chance, points = random.Random(7_031), []
    shares = [0.04, 0.10, 0.17, 0.23, 0.30, 0.37, 0.42, 0.49, 0.55, 0.62, 0.68, 0.75, 0.82, 0.88, 0.95]
    for number, share in enumerate(shares, 1):
        condition = next(condition for _, end, condition in REACHES if share <= end)
        points.append(
            {
                "code": f"P{number:02}",
                "reach": next(f"R{i:02}" for i, (_, end, _) in enumerate(REACHES, 1) if share <= end),
                "point": river_point(share, chance.choice((-1, 1)) * chance.uniform(4, 26)),
                "quality": min(5, max(1, condition + chance.choice((-1, 0, 0, 1)))),
                "substrate": chance.choice(("gravel", "gravel", "cobble", "sand", "silt")),
                "temperature": round(chance.uniform(9.5, 15.5), 1),
                "ph": round(chance.uniform(7.3, 8.4), 1),
                "day": f"2024-06-{3 + number // 2:02}",
            }
        )
    return points


def map_view(aspect: float) -> tuple[float, float, float, float]:
    """The view to open the map with, width to height as `aspect`: xmin, ymin, xmax, ymax."""
    x, y = river_point(_CENTRE)
    width = 1_900.0
    return x - width / 2, y - width / aspect / 2, x + width / 2, y + width / aspect / 2
