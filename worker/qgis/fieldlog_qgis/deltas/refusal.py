"""Why a delta was not applied, when that can be foreseen."""

from enum import StrEnum


class Reason(StrEnum):
    """The kind of a "no": the heading in `docs/edits.md` under which people find what to do about it."""

    MALFORMED = "malformed"
    LAYER = "layer"
    NOT_WRITABLE = "not_writable"
    NO_FEATURE = "no_feature"
    LOST_KEY = "lost_key"
    KEY_TAKEN = "key_taken"
    ANOTHER_FEATURE = "another_feature"
    SAME_ATTRIBUTE = "same_attribute"
    PARENT = "parent"
    MISSING_COLUMN = "missing_column"
    VALUE = "value"
    SOURCE = "source"
    UNDECIDED = "undecided"
    UNFORESEEN = "unforeseen"


class Refused(Exception):
    """One delta cannot be applied; the message says what was found and what was expected."""

    status = "status_apply_failed"
    kind = "ERROR"
    reason = Reason.VALUE

    def __init__(self, message: str, provider_errors: list[str] | None = None, reason: Reason | None = None):
        super().__init__(message)
        self.provider_errors = provider_errors
        self.reason = reason or self.reason


class Malformed(Refused):
    """What came is no delta."""

    reason = Reason.MALFORMED


class SourceRefused(Refused):
    """The data of a layer cannot be opened, or cannot be written."""

    kind = "IO"
    reason = Reason.NOT_WRITABLE


class SaidNo(Refused):
    """The data source itself refused the edit: a constraint, a trigger, a format that cannot hold it."""

    reason = Reason.SOURCE


class MissingColumns(Refused):
    """The device changed values for which the layer has no column."""

    reason = Reason.MISSING_COLUMN

    def __init__(self, message: str, names: list[str]):
        super().__init__(message)
        self.names = names


class TakesNoEdits(SourceRefused):
    """A layer whose data no job writes, whatever the edit; `why` follows its name."""

    def __init__(self, layer: str, why: str, advice: str = "Save it as GeoPackage, and use that in the project"):
        super().__init__(f"Layer '{layer}' {why}. {advice}.")
        self.why, self.advice = why, advice


class Torn(SourceRefused):
    """The files of a layer are not of one state, as in the middle of an upload; it may be whole a little later."""


class Conflict(Refused):
    """A feature is no longer as the device had it."""

    status = "status_conflict"
    kind = "CONFLICT"
    reason = Reason.SAME_ATTRIBUTE

    def __init__(self, message: str, differences: list[str], reason: Reason | None = None):
        super().__init__(message, reason=reason)
        self.differences = differences


class Undecided(Conflict):
    """An earlier attempt may have made the edit already, and nobody can tell: people decide, as in a conflict."""

    def __init__(self, message: str):
        super().__init__(message, [], Reason.UNDECIDED)
