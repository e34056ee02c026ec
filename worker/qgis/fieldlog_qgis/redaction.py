"""Takes credentials out of every text that leaves the container.

Data sources carry them in many spellings: ``password='x'`` of PostgreSQL, ``&password=x`` of WMS,
``PWD=x;`` of SQL Server, ``https://user:secret@host``, tokens in query strings, and all of that once
more percent-encoded inside another URL. Too much taken out does no harm, too little does.
"""

import re

REDACTED = "***"

# Names that are a credential wherever they stand before an equals sign.
_ANYWHERE = (
    r"pass(?:word|wd|phrase)?|pwd|user(?:_?name)?|uid|auth_?cfg|authentication"
    r"|(?:[a-z0-9]+[-_])*(?:token|secret)|(?:[a-z0-9]+[-_])*api[-_]?key|(?:secret[-_]?)?access[-_]?key(?:[-_]?id)?"
    r"|x-amz-(?:signature|credential|security-token)|aws_secret_access_key"
)
# Names that are one only as a parameter of a URL: `key='fid'` of a database layer names its primary key.
_IN_QUERY = r"key|sig|signature|auth|credential|tk|code|sas|se?ssion(?:id)?|jwt|bearer"

_QUOTED = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|&quot;.*?&quot;"
_BARE = r"[^\s&;'\"<>|,]+"

_RULES = (
    # Headers hidden in a source (`http-header:Authorization=Bearer x`), and headers in a log.
    (re.compile(r"(http-header:[\w-]+(?:=|%3D))[^&\n]+", re.I), rf"\g<1>{REDACTED}"),
    (re.compile(r"\b((?:proxy-)?authorization\s*[:=]\s*)[^&\r\n'\"]+", re.I), rf"\g<1>{REDACTED}"),
    # QGIS takes out a password up to its first space: nobody knows where the rest of it ends.
    (re.compile(r"\b(password=)X{8}[^\n]*"), rf"\g<1>{REDACTED}"),
    # user:secret@host, plain and percent-encoded.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s'\"@?#]+@", re.I), rf"\g<1>{REDACTED}@"),
    (re.compile(r"(%3A%2F%2F)(?:(?!%2F|%40|[/\s'\"&]).)+%40", re.I), rf"\g<1>{REDACTED}%40"),
    # Percent-encoded parameters; their value ends at the next separator, encoded or not.
    (
        re.compile(
            rf"((?:\b|%26|%3F|%20)(?:{_ANYWHERE})%3D|(?:%26|%3F|[?&])(?:{_IN_QUERY})%3D)(?:(?!%26|%20|[\s&'\"]).)+", re.I
        ),
        rf"\g<1>{REDACTED}",
    ),
    (re.compile(rf"([?&](?:{_IN_QUERY})=)(?!\*\*\*)(?:{_BARE})", re.I), rf"\g<1>{REDACTED}"),
    (
        re.compile(rf"((?<![\w])(?:{_ANYWHERE})\s*=\s*)(?:{_QUOTED}|(?!['\"*])(?:{_BARE}))", re.I),
        lambda match: match.group(1) + _keep_quotes(match.group(0)[len(match.group(1)):]),
    ),
)


def _keep_quotes(value: str) -> str:
    quote = value[0] if value[0] in "'\"" else ""
    return f"{quote}{REDACTED}{quote}"


def redact(text: str) -> str:
    """The text without credentials; everything else stays as it is."""
    # No rule matches without one of these, and feedback has many short texts.
    if not ("=" in text or ":" in text or "%" in text):
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class Exact(dict):
    """A JSON object whose texts are redacted already, or are people's own data that an audit needs to the letter."""


def redact_all(value):
    """A copy of a JSON-like value in which every text is redacted, except in what is `Exact`."""
    if isinstance(value, Exact):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: redact_all(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_all(item) for item in value]
    return value
