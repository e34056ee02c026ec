"""What a package could not take over as it was, each with the layer and the cause."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from qgis.core import QgsMapLayer

from ..log import logger


@dataclass(frozen=True)
class Problem:
    """One thing that whoever looks after the project should know; without a layer where it is about the project."""

    layer_id: str
    layer_name: str
    code: str
    message: str


class Problems:
    """Collects problems, and says each in the log."""

    def __init__(self, known: Iterable[Problem] = ()):
        self._found = list(known)

    def add(self, layer: QgsMapLayer, code: str, message: str) -> None:
        """Notes a problem of a layer; the message is a sentence that follows the layer's name."""
        text = f"Layer '{layer.name()}' {message}"
        logger.warning("%s", text)
        self._found.append(Problem(layer.id(), layer.name(), code, text))

    def as_list(self) -> list[dict]:
        """All problems, for the feedback."""
        return [asdict(problem) for problem in self._found]
