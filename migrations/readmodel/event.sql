CREATE TABLE event (
    position    INTEGER PRIMARY KEY,
    stream_kind TEXT    NOT NULL,
    stream_id   ANY     NOT NULL, -- a blob when the id is a UUID, else text
    event_type  TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    actor       ANY     NOT NULL, -- an account's id, or a word
    resource    BLOB
) STRICT;

-- Made last:
CREATE INDEX event_by_resource ON event (resource, position) WHERE resource IS NOT NULL;
CREATE INDEX event_by_type ON event (event_type, position);
