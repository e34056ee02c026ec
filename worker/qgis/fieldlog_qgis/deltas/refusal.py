"""Why a delta was not applied, when that can be foreseen."""


class Refused(Exception):
    """One delta cannot be applied; the message says what was found and what was expected."""

    status = "status_apply_failed"
    kind = "ERROR"

    def __init__(self, message: str, provider_errors: list[str] | None = None):
        super().__init__(message)
        self.provider_errors = provider_errors


class SourceRefused(Refused):
    """The data of a layer cannot be opened, or cannot be written."""

    kind = "IO"


class Torn(SourceRefused):
    """The files of a layer are not of one state, as in the middle of an upload; it may be whole a little later."""


class Conflict(Refused):
    """A feature is no longer as the device had it."""

    status = "status_conflict"
    kind = "CONFLICT"

    def __init__(self, message: str, differences: list[str]):
        super().__init__(message)
        self.differences = differences


class Undecided(Conflict):
    """An earlier attempt may have made the edit already, and nobody can tell: people decide, as in a conflict."""

    def __init__(self, message: str):
        super().__init__(message, [])
