"""The one directory that a job shares with the worker outside the container."""

from dataclasses import dataclass
from pathlib import Path

from .errors import UnableToContinue


@dataclass(frozen=True)
class JobDirectory:
    """``/io``: the staged files of the project go in, the feedback and what the job has made come out."""

    root: Path

    @property
    def files(self) -> Path:
        """The project's files, staged by the worker before the container starts."""
        return self.root / "files"

    @property
    def feedback(self) -> Path:
        """Where the feedback goes."""
        return self.root / "feedback.json"

    @property
    def thumbnail(self) -> Path:
        """Where the thumbnail goes."""
        return self.root / "thumbnail.png"

    @property
    def export(self) -> Path:
        """Where the package goes."""
        return self.root / "export"

    @property
    def delta_file(self) -> Path:
        """Where the worker puts the deltas to apply, unless it says otherwise."""
        return self.root / "deltafile.json"

    @property
    def edits(self) -> Path:
        """Where the worker puts the edits that may have been taken back, if there are any."""
        return self.root / "edits.json"

    @property
    def commits(self) -> Path:
        """Where container and worker tell each other of commits in databases, if the worker wants to hear of them."""
        return self.root / "commits"

    @property
    def seed(self) -> Path:
        """What a new project is to be made from."""
        return self.root / "seed.json"

    @property
    def order(self) -> Path:
        """What a container that waits warm is to do."""
        return self.root / "order.json"

    @property
    def taken(self) -> Path:
        """Made when the order has been read."""
        return self.root / "taken"

    @property
    def wake(self) -> Path:
        """The FIFO by which a container that waits warm says that it is ready, and hears that there is an order."""
        return self.root / "wake"

    def require_files(self) -> Path:
        """The folder of staged files; an error that names it when there is none."""
        if not self.files.is_dir():
            raise UnableToContinue(
                f"There is no folder {self.files}: the worker has to mount a job directory at "
                f"{self.root} that holds the project's files in 'files/'."
            )
        return self.files
