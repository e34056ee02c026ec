"""What became of a delta, as the feedback tells it."""

from dataclasses import dataclass

from ..redaction import Exact, redact
from . import geometry, values
from .refusal import Reason, Refused
from .stores.store import Row

APPLIED = "status_applied"
UNKNOWN_ERROR = "status_unknown_error"


def snapshot(row: Row | None, names: list[str] | None = None, with_geometry: bool = True) -> Exact | None:
    """A feature as it is stored: the attributes of these names, or all; None when there is no feature."""
    if row is None:
        return None
    chosen = row.attributes if names is None else {name: row.attributes[name] for name in names}
    shown = Exact(attributes={name: values.to_json(value) for name, value in chosen.items()})
    if with_geometry:
        shown["geometry"] = geometry.to_wkt(row.geometry)
    return shown


@dataclass
class Outcome:
    """What became of one delta."""

    message: str = ""
    status: str = APPLIED
    kind: str | None = None
    modified_pk: str | None = None
    file: str | None = None
    """The file of its layer, among the project's; None for a database, and when the layer was not found."""
    conflicts: list[str] | None = None
    provider_errors: list[str] | None = None
    before: Exact | None = None
    after: Exact | None = None
    reason: str | None = None
    """The kind of a "no" (`refusal.Reason`)."""
    missing_columns: list[str] | None = None
    made: Exact | None = None
    """What the source stored where the device said something else or nothing: keys, defaults, what triggers made."""
    is_final: bool = False
    """Whether it is in a database, where it stays whatever becomes of the job's files."""
    system: str | None = None
    """The coordinate system of the geometries in `before` and `after`, if the delta names another one."""
    recorded: dict | None = None
    """What an earlier attempt told of the delta, if it was that attempt which applied it."""

    @classmethod
    def recalled(cls, recorded: dict) -> "Outcome":
        """The outcome of an earlier attempt, as that one has told it."""
        return cls(status=recorded["status"], modified_pk=recorded["modified_pk"], recorded=recorded)

    def told(self) -> dict:
        """What the feedback says of it, without credentials; of what was recorded to the letter."""
        if self.recorded is not None:
            return self.recorded
        return {
            "msg": redact(self.message),
            "status": self.status,
            "e_type": self.kind,
            "modified_pk": self.modified_pk,
            "file": self.file,
            "conflicts": _redacted(self.conflicts),
            "provider_errors": _redacted(self.provider_errors),
            "before": self._placed(self.before),
            "after": self._placed(self.after),
            **({"reason": self.reason} if self.reason else {}),
            **({"missing_columns": self.missing_columns} if self.missing_columns else {}),
            **({"made": self.made} if self.made else {}),
            **({"is_final": True} if self.is_final else {}),
        }

    def _placed(self, state: Exact | None) -> Exact | None:
        if self.system is None or state is None or "geometry" not in state:
            return state
        return Exact(state, crs=self.system)

    def fail(self, error: Exception) -> None:
        """Notes why the delta was not applied: what was before is still there."""
        foreseen = isinstance(error, Refused)
        self.message = str(error) if foreseen else f"{type(error).__name__}: {error}"
        self.status = error.status if foreseen else UNKNOWN_ERROR
        self.kind = error.kind if foreseen else "ERROR"
        self.reason = str(error.reason if foreseen else Reason.UNFORESEEN)
        self.missing_columns = getattr(error, "names", None)
        self.conflicts = getattr(error, "differences", None)
        self.provider_errors = getattr(error, "provider_errors", None)
        self.modified_pk = self.made = None
        self.after = self.before


def _redacted(texts: list[str] | None) -> list[str] | None:
    return None if texts is None else [redact(text) for text in texts]
