-- What EventStoreDB has no index for, folded from its `$all` stream by every machine for itself (docs/adr/0017-an-index-beside-eventstoredb.md).
-- It holds no payload and can be thrown away at any time.

CREATE TABLE source (
    single           INTEGER PRIMARY KEY CHECK (single = 1),
    log_id           BLOB    NOT NULL,
    -- Everything up to here was looked at.
    scanned_commit   INTEGER NOT NULL,
    scanned_prepare  INTEGER NOT NULL
);

CREATE TABLE streams (
    number INTEGER PRIMARY KEY,
    name   TEXT    NOT NULL UNIQUE,
    last   INTEGER NOT NULL -- sequence
);

CREATE TABLE events (
    position    INTEGER PRIMARY KEY, -- commit position in `$all`
    prepare     INTEGER NOT NULL,
    event_id    BLOB    NOT NULL,
    stream      INTEGER NOT NULL REFERENCES streams (number),
    sequence    INTEGER NOT NULL,
    following   INTEGER NOT NULL,    -- how many events of the same append come after this one
    recorded_at INTEGER NOT NULL,    -- microseconds; never less than in the row before
    bytes       INTEGER NOT NULL     -- of the payload
);
CREATE UNIQUE INDEX events_by_stream ON events (stream, sequence);
-- Not unique: of two appends to different streams that raced with the same id, the first counts.
CREATE INDEX events_by_id ON events (event_id);
