"""Errors whose cause is known, with the type that the feedback names."""


class WorkflowError(Exception):
    """A job cannot go on; the message says what was found and what was expected."""

    error_type = "UNKNOWN"


class FileNotFound(WorkflowError):
    """A file that the job was told to use is not there."""

    error_type = "FILE_NOT_FOUND"


class InvalidProjectFile(WorkflowError):
    """The project file is damaged, is not a QGIS project, or is made to do harm."""

    error_type = "INVALID_PROJECT_FILE"


class UnableToContinue(WorkflowError):
    """The container was not given what every job needs."""

    error_type = "UNABLE_TO_CONTINUE"


class LayerNotPackaged(WorkflowError):
    """A layer cannot be taken into the package, or would not work there; the message names it."""

    error_type = "UNABLE_TO_CONTINUE"


class InvalidDeltaFile(WorkflowError):
    """The delta file as a whole cannot be read; what is wrong with one delta is that delta's own failure."""

    error_type = "UNABLE_TO_CONTINUE"


class InvalidSeed(WorkflowError):
    """What a project is to be made from cannot be read, or asks for something unknown."""

    error_type = "UNABLE_TO_CONTINUE"


class InvalidXlsForm(WorkflowError):
    """The form as a whole cannot be read; what is wrong with one question is a problem of that question."""

    error_type = "UNABLE_TO_CONTINUE"


class LayerNotCreated(WorkflowError):
    """A layer of the new project cannot be opened; the message names it."""

    error_type = "UNABLE_TO_CONTINUE"
