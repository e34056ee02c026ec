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


class TakesNoEdits(SourceRefused):
    """A layer whose data no job writes, whatever the edit; `why` follows its name."""

    def __init__(self, layer: str, why: str, advice: str = "Save it as GeoPackage, and use that in the project"):
        super().__init__(f"Layer '{layer}' {why}. {advice}.")
        self.why, self.advice = why, advice


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
