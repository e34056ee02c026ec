"""Binary values as they stand in deltas: as text, of which there are two kinds.

QField leaves them to Qt, in any version: the bytes are read as UTF-8, and what is none becomes U+FFFD, so the text
does not tell all bytes. Other clients, and the feedback of jobs, write base64 in either alphabet, with or without
padding.
"""

import base64
import binascii
import re
from enum import Enum

_REPLACED = "\ufffd"
# Each byte that is no UTF-8 is one for Qt, each part that is none for Python.
_ANY_REPLACED = re.compile(f"{_REPLACED}+")
_BYTE_ORDER_MARK = "\ufeff"
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_PRINTED = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f]*")


_WORDS = re.compile(r"[\w\s.,:;/@'-]+")


class Writing(Enum):
    """How a client writes bytes as text."""

    TEXT = "text"
    BASE64 = "base64"


def parse(text: str, writing: Writing | None) -> bytes:
    """The bytes that a text means; ValueError with the reason when nobody can tell.

    `writing` is what is known of the client. Without it, a text that can be read either way is base64 if that is
    padded, or makes words while it is none itself; others are not decided.
    """
    decoded = _decode(text)
    if writing is Writing.BASE64:
        if decoded is None:
            raise ValueError("expected binary data as base64 text")
        return decoded
    if writing is Writing.TEXT or decoded is None:
        if _REPLACED in text:
            raise ValueError("the device wrote the bytes as text, in which some of them were replaced and are lost")
        return text.encode("utf-8")
    if text.endswith("=") or not text or (_makes_words(decoded) and not text.islower() and not text.isupper()):
        return decoded
    raise ValueError("it may be base64 or the bytes of a text, and nothing tells which the device meant")


def writing_of(said: object, found: object) -> Writing | None:
    """How a client writes bytes, by the text that it wrote for bytes which are there; None when that does not tell."""
    if not isinstance(said, str) or not isinstance(found, bytes) or not found:
        return None
    is_text, is_base64 = _is_text_of(said, found), _decode(said) == found
    if is_text == is_base64:
        return None
    return Writing.TEXT if is_text else Writing.BASE64


def is_shown_as(said: str, found: bytes) -> bool:
    """Whether a client that was shown these bytes writes this text for them."""
    return _is_text_of(said, found) or _decode(said) == found


def _is_text_of(said: str, found: bytes) -> bool:
    return _plain(said) == _plain(found.decode("utf-8", errors="replace"))


def _plain(text: str) -> str:
    return _ANY_REPLACED.sub(_REPLACED, text.removeprefix(_BYTE_ORDER_MARK))


def _decode(text: str) -> bytes | None:
    """What a text is as base64; None when no program would write it so."""
    compact = "".join(text.split()).replace("-", "+").replace("_", "/")
    if not _BASE64.fullmatch(compact):
        return None
    bare = compact.rstrip("=")
    try:
        decoded = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    whole = base64.b64encode(decoded).decode("ascii")
    return decoded if compact in (whole, whole.rstrip("=")) else None


def _makes_words(decoded: bytes) -> bool:
    try:
        return _WORDS.fullmatch(decoded.decode("utf-8")) is not None
    except UnicodeDecodeError:
        return False
