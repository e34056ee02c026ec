"""Finds the project file among the staged files and takes its XML out, with limits on all it may cost."""

import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from . import project_xml
from .errors import FileNotFound, InvalidProjectFile
from .project_xml import ProjectXml
from .same_file import StagedNames

MAX_ARCHIVE_BYTES = 128 * 2**20
MAX_ARCHIVE_ENTRIES = 1000
SUFFIXES = (".qgs", ".qgz")

_CHUNK = 2**20


@dataclass(frozen=True)
class ProjectFile:
    """A checked project file: where it stands, its XML and, for a `.qgz`, what else the archive holds."""

    path: Path
    xml: ProjectXml
    entry: str | None = None
    other_entries: dict[str, bytes] | None = None


def read(files: Path, name: str, keep_feature_counts: bool = False) -> ProjectFile:
    """Reads and checks the project file `name` in the folder of staged files."""
    path = _find(files, name)
    if path.suffix.lower() == ".qgz":
        return _read_archive(path, name, keep_feature_counts)
    size = path.stat().st_size
    if size > project_xml.MAX_BYTES:
        raise InvalidProjectFile(f"Project file '{name}' is {size} bytes; at most {project_xml.MAX_BYTES} are read.")
    return ProjectFile(path, project_xml.check(path.read_bytes(), name, keep_feature_counts))


def _find(files: Path, name: str) -> Path:
    path = (files / (StagedNames(files).find(name) or name)).resolve()
    if not path.is_relative_to(files.resolve()):
        raise InvalidProjectFile(f"Project file '{name}' lies outside of the project's files.")
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidProjectFile(
            f"Project file '{name}' has the extension '{path.suffix}'; expected {' or '.join(SUFFIXES)}."
        )
    if not path.is_file():
        found = sorted(str(file.relative_to(files)) for file in files.rglob("*.qg[sz]"))[:5]
        others = f"; the project files that are: {', '.join(found)}" if found else ""
        raise FileNotFound(f"Project file '{name}' is not among the project's files{others}.")
    return path


def _read_archive(path: Path, name: str, keep_feature_counts: bool) -> ProjectFile:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_ARCHIVE_ENTRIES:
                raise InvalidProjectFile(
                    f"Project archive '{name}' has {len(entries)} entries; at most {MAX_ARCHIVE_ENTRIES} are read."
                )
            for entry in entries:
                _refuse_unsafe_name(entry.filename, name)
            project = _choose_project(entries, path.stem, name)
            contents = _read_entries(archive, entries, name)
    # NotImplementedError: unknown compression; RuntimeError: encrypted; both are what zipfile raises.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InvalidProjectFile(f"Project archive '{name}' cannot be unpacked: {error}.") from error
    xml = project_xml.check(contents.pop(project), f"{name}/{project}", keep_feature_counts)
    return ProjectFile(path, xml, project, contents)


def _refuse_unsafe_name(entry: str, name: str) -> None:
    # QGIS unpacks the whole archive into a folder: no entry may leave it.
    parts = PurePosixPath(entry.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or "\0" in entry:
        raise InvalidProjectFile(f"Project archive '{name}' has an entry '{entry}' that would leave its folder.")


def _choose_project(entries: list[zipfile.ZipInfo], stem: str, name: str) -> str:
    projects = sorted(entry.filename for entry in entries if entry.filename.lower().endswith(".qgs"))
    if not projects:
        raise InvalidProjectFile(f"Project archive '{name}' holds no .qgs file among its {len(entries)} entries.")
    return f"{stem}.qgs" if f"{stem}.qgs" in projects else projects[0]


def _read_entries(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> dict[str, bytes]:
    """Unpacks all entries in memory, counting what really comes out: the sizes in the archive may lie."""
    contents, total = {}, 0
    for entry in entries:
        chunks = []
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                total += len(chunk)
                if total > MAX_ARCHIVE_BYTES:
                    raise InvalidProjectFile(
                        f"Project archive '{name}' unpacks to more than {MAX_ARCHIVE_BYTES} bytes, which is refused."
                    )
                chunks.append(chunk)
        contents[entry.filename] = b"".join(chunks)
    return contents


def write_archive(project: ProjectFile, target: Path) -> None:
    """Writes the checked archive anew, uncompressed, with only what was checked in it."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(project.entry, project.xml.content)
        for name, content in project.other_entries.items():
            archive.writestr(name, content)


def without_contents(project: ProjectFile) -> ProjectFile:
    """The same project file without its bytes, which a working copy now holds."""
    return replace(project, xml=replace(project.xml, content=b""), other_entries=None)
