"""One edit of one feature, checked for its shape, and its opposite."""

from dataclasses import dataclass, field, replace
from enum import Enum

from .delta_file import Unreadable
from .refusal import Malformed, Refused


class Method(Enum):
    """What was done to the feature."""

    CREATE = "create"
    PATCH = "patch"
    DELETE = "delete"


_OPPOSITE = {Method.CREATE: Method.DELETE, Method.PATCH: Method.PATCH, Method.DELETE: Method.CREATE}


@dataclass(frozen=True)
class State:
    """A feature as the device had it before or after: some attributes, and the geometry if it is named."""

    attributes: dict = field(default_factory=dict)
    names_geometry: bool = False
    geometry: str | None = None
    is_snapshot: bool = False
    """Whether it is the whole feature, and not just what the device changed."""


@dataclass(frozen=True)
class Deletion:
    """Who deleted a feature, by which delta, and when."""

    delta: str
    by: str
    at: str
    is_certain: bool = True
    """Whether the device cannot mean the feature that has the key now."""


@dataclass(frozen=True)
class Delta:
    """A delta as the device made it."""

    method: Method
    local_pk: str
    source_pk: str
    local_layer_id: str
    source_layer_id: str
    client_id: str
    old: State
    new: State
    system: str = ""
    """The coordinate system of its geometries, as the device names it; empty when it does not."""
    overwrites_conflicts: bool = False
    """Whether it is applied also where somebody else was faster, whatever holds for the others."""
    is_strict: bool = False
    """Whether it is applied only where its feature is as it says, whatever holds for the others."""
    columns: dict[str, str | None] = field(default_factory=dict)
    """What columns a manager said that names of the device mean; None: the value is to be left out."""
    deleted_by: Deletion | None = None
    """The edit that deleted the feature which the device means by its key, if the log knows one."""
    id: str | None = None

    @property
    def layer_id(self) -> str:
        """The layer of the project on the server."""
        return self.source_layer_id or self.local_layer_id

    @property
    def client_pk(self) -> str:
        """The name under which the key is kept that the device's feature got in the source."""
        return f"{self.client_id}__{self.local_layer_id}__{self.local_pk}"

    def inverse(self) -> "Delta":
        """The delta that undoes this one; raises `Refused` when it does not say what was before."""
        new = self._changed_before() if self.method is Method.PATCH else self.old
        return replace(self, method=_OPPOSITE[self.method], old=self.new, new=new)

    def _changed_before(self) -> State:
        """What was before of that which was changed: a device may note all of the feature."""
        missing = [name for name in self.new.attributes if name not in self.old.attributes]
        if self.new.names_geometry and not self.old.names_geometry:
            missing.append("geometry")
        if missing:
            raise Refused(f"The delta cannot be undone: it does not say what was before in {', '.join(missing)}.")
        attributes = {name: self.old.attributes[name] for name in self.new.attributes}
        return State(attributes, self.new.names_geometry, self.old.geometry)


def parse(content) -> Delta:
    """Checks what came from outside; raises `Refused` when it is no delta."""
    if isinstance(content, Unreadable):
        raise Malformed(f"The delta {content.problem}.")
    if not isinstance(content, dict):
        raise Malformed(f"The delta is a JSON {type(content).__name__}; expected an object.")
    names = [method.value for method in Method]
    if content.get("method") not in names:
        method = _short(content.get("method"))
        raise Malformed(f"The delta has the method {method}; expected one of {', '.join(names)}.")
    return Delta(
        Method(content["method"]),
        *(_text(content, name) for name in ("localPk", "sourcePk", "localLayerId", "sourceLayerId", "clientId")),
        _state(content, "old"),
        _state(content, "new"),
        _text(content, "localLayerCrs"),
        content.get("overwriteConflicts") is True,
        content.get("strict") is True,
        _columns(content),
        _deletion(content),
        text_or_none(content, "uuid"),
    )


def text_or_none(content, name: str) -> str | None:
    """A text of a delta that may be anything, for the feedback."""
    value = content.get(name) if isinstance(content, dict) else None
    return value if isinstance(value, str) else None


def _text(content: dict, name: str) -> str:
    value = content.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"The delta has {_short(value)} as '{name}'; expected a text.")
    return value


def _state(content: dict, name: str) -> State:
    state = content.get(name)
    if state is None:
        return State()
    if not isinstance(state, dict):
        raise Malformed(f"The delta has {_short(state)} as '{name}'; expected an object.")
    attributes, geometry = state.get("attributes"), state.get("geometry")
    if attributes is not None and not isinstance(attributes, dict):
        raise Malformed(f"The delta has {_short(attributes)} as '{name}.attributes'; expected an object.")
    if geometry is not None and not isinstance(geometry, str):
        raise Malformed(f"The delta has {_short(geometry)} as '{name}.geometry'; expected WKT or null.")
    return State(attributes or {}, "geometry" in state, geometry, state.get("is_snapshot") is True)


def _columns(content: dict) -> dict[str, str | None]:
    columns = content.get("columns")
    if not isinstance(columns, dict):
        return {}
    return {name: column for name, column in columns.items() if isinstance(column, str | None)}


def _deletion(content: dict) -> Deletion | None:
    deletion = content.get("featureDeleted")
    if not isinstance(deletion, dict):
        return None
    told = (text_or_none(deletion, name) or "" for name in ("delta", "by", "at"))
    return Deletion(*told, deletion.get("certain") is not False)


def _short(value) -> str:
    shown = repr(value) if not isinstance(value, (dict, list)) else f"a JSON {type(value).__name__}"
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
