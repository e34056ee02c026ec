"""What the parts of packaging share: the opened project, where it comes from, and where the package goes."""

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from qgis.core import QgsDataProvider, QgsMapLayer

from ..progress import Progress
from ..project_opening import OpenProject
from .export_folder import ExportFolder
from .layer_styles import StyleChanges
from .problems import Problems

DATABASE = "data.gpkg"


@dataclass(frozen=True)
class Package:
    """A package in the making. `work` is the working copy of the project's files, `home` the project's folder in it."""

    opened: OpenProject
    work: Path
    home: Path
    export: ExportFolder
    project_name: str
    problems: Problems = field(default_factory=Problems)
    changes: StyleChanges = field(default_factory=StyleChanges)
    progress: Progress = field(default_factory=Progress)

    @property
    def database(self) -> Path:
        """Where the tables of converted layers go."""
        return self.export.root / DATABASE

    @property
    def stem(self) -> str:
        """The name of the packaged project, without its suffix."""
        return f"{Path(self.project_name).stem}_qfield"

    def inside_package(self, path: Path) -> PurePosixPath | None:
        """The place in the package that keeps a file's path from the project, else from the root; None for others."""
        root = next((root for root in self.opened.roots if path.is_relative_to(root)), None)
        if root is None:
            return None
        # QGIS follows links for some paths, and then names the original in place of the working copy.
        path = self.work / path.relative_to(root)
        return PurePosixPath(path.relative_to(self.home if path.is_relative_to(self.home) else self.work).as_posix())

    def repoint(self, layer: QgsMapLayer, source: str, provider: str) -> None:
        """Gives a layer another source; what people have set in it stays, also its coordinate system."""
        crs = layer.crs()
        options = QgsDataProvider.ProviderOptions()
        options.transformContext = self.opened.project.transformContext()
        layer.setDataSource(source, layer.name(), provider, options, False)
        layer.setCrs(crs)
