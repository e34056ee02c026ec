-- The key of an edit is a thousand times the position of its event, plus its place in it.
CREATE TABLE change_set_delta (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL,
    resource   BLOB    NOT NULL,
    delta_file BLOB    NOT NULL,
    status     TEXT    NOT NULL,
    feedback   TEXT,             -- JSON
    content    TEXT    NOT NULL, -- JSON, as the device wrote it
    added_by   BLOB,
    added_at   INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (resource, id)
) STRICT;

-- Made last:
CREATE INDEX change_set_delta_by_file ON change_set_delta (resource, delta_file, key);
CREATE INDEX change_set_delta_in_order ON change_set_delta (resource, key);
