"""A form as it was written: questions in groups and repeats, and the lists to choose from."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Question:
    """A question. `type` is one of the types in `types.py`; expressions are still those of the form."""

    type: str
    name: str
    row: int
    label: str = ""
    hint: str = ""
    required: str = ""
    required_message: str = ""
    constraint: str = ""
    constraint_message: str = ""
    relevant: str = ""
    read_only: bool = False
    default: str = ""
    calculation: str = ""
    appearance: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    choice_filter: str = ""
    list_name: str = ""


@dataclass(eq=False)
class Group:
    """Questions under a common title."""

    name: str
    row: int
    label: str = ""
    relevant: str = ""
    children: "list[Question | Group | Repeat]" = field(default_factory=list)


@dataclass(eq=False)
class Repeat(Group):
    """A group that is answered any number of times."""


@dataclass(frozen=True)
class Choice:
    """One thing to choose; `columns` are what filters may ask for."""

    name: str
    label: str
    columns: dict[str, str]
    row: int | None = None


@dataclass(frozen=True)
class Form:
    """A whole form."""

    title: str
    id: str
    instance_name: str
    root: Group
    lists: dict[str, list[Choice]]
