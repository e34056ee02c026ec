-- The event log in one SQLite file. Times are microseconds since 1970 (UTC); UUIDs are 16-byte blobs.

CREATE TABLE log (
    single     INTEGER PRIMARY KEY CHECK (single = 1),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_kind    TEXT    NOT NULL,
    stream_id      ANY     NOT NULL, -- a blob when the id is a UUID, else text
    sequence       INTEGER NOT NULL,
    event_id       BLOB    NOT NULL,
    following      INTEGER NOT NULL, -- how many events of the same append come after this one
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    recorded_at    INTEGER NOT NULL,
    actor          ANY     NOT NULL, -- an account's UUID, or 'anonymous', 'system', 'operator'
    client         TEXT    NOT NULL,
    command_id     BLOB    NOT NULL,
    correlation_id BLOB    NOT NULL,
    causation_id   BLOB,
    resource_id    BLOB,
    payload        TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX events_by_stream ON events (stream_kind, stream_id, sequence);
CREATE UNIQUE INDEX events_by_id ON events (event_id);

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the event log is append-only: events are never changed');
END;

CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the event log is append-only: events are never removed');
END;

-- A cache: losing it costs time, nothing else.
CREATE TABLE snapshots (
    stream_kind TEXT    NOT NULL,
    stream_id   ANY     NOT NULL,
    sequence    INTEGER NOT NULL,
    schema      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
) STRICT, WITHOUT ROWID;
