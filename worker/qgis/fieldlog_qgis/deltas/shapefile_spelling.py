"""Gives the parts of a Shapefile one spelling of their name while edits are written to them: GDAL knows no other."""

import os
from pathlib import Path

from ..same_file import aligned


def align(files: Path) -> dict[Path, Path]:
    """Renames the parts that are written otherwise than their `.shp`; returns each new path with the old one."""
    renamed = {}
    for folder, _, names in os.walk(files):
        for old, new in aligned(names).items():
            Path(folder, old).rename(Path(folder, new))
            renamed[Path(folder, new)] = Path(folder, old)
    return renamed


def give_back(renamed: dict[Path, Path]) -> None:
    """Gives the parts their own names again."""
    for new, old in renamed.items():
        if new.exists():
            new.rename(old)
