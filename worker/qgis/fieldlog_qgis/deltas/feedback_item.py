"""What the feedback says of one delta."""

from typing import Any

from ..redaction import Exact
from . import delta as deltas
from .outcome import APPLIED, Outcome


def feedback_item(file_id: str, index: int, content: Any, outcome: Outcome) -> Exact:
    """A delta, which may be anything, with its place in its file and what became of it."""
    local, source = deltas.text_or_none(content, "localLayerId"), deltas.text_or_none(content, "sourceLayerId")
    return Exact(
        delta_file_id=file_id,
        layer_id=source or local,
        delta_index=index,
        delta_id=deltas.text_or_none(content, "uuid"),
        feature_pk=deltas.text_or_none(content, "sourcePk"),
        method=deltas.text_or_none(content, "method"),
        **outcome.told(),
    )


def count_applied(feedback: list[dict]) -> int:
    """How many deltas were applied."""
    return sum(item["status"] == APPLIED for item in feedback)
