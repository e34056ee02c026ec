-- What a read model is of. Times are microseconds since 1970 (UTC); ids and digests are blobs.
-- The key of a row is the position of the event that made it.

CREATE TABLE model (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    log_id BLOB    NOT NULL CHECK (length(log_id) = 16),
    schema TEXT    NOT NULL
) STRICT;

CREATE TABLE checkpoint (
    projection TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
