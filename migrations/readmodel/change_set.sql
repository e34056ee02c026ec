-- The key of an edit is a thousand times the position of its event, plus its place in it.
CREATE TABLE change_set_delta (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL,
    resource   BLOB    NOT NULL,
    delta_file BLOB    NOT NULL,
    status     TEXT    NOT NULL,
    feedback   TEXT,             -- JSON
    content    TEXT    NOT NULL, -- JSON, as the device wrote it
    client     BLOB    NOT NULL, -- the copy of the project on a device
    local_layer TEXT   NOT NULL,
    local_pk   TEXT    NOT NULL,
    modified_pk TEXT,            -- the key of its feature in the data, once applied
    overwrites INTEGER NOT NULL DEFAULT 0, -- whether it wins over what others changed meanwhile, whatever the project says
    job        BLOB,             -- the job that tried to apply it last
    before     TEXT,             -- JSON
    after      TEXT,             -- JSON
    undoes     BLOB,             -- the edit that it undoes
    undone_by  BLOB,
    replaces   BLOB,             -- the edit in whose place it is stored
    replaced_by BLOB,
    taken_back TEXT,             -- JSON: what somebody brought without it
    added_by   BLOB,
    added_at   INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    applied    INTEGER,          -- position of the event that told so
    applied_job BLOB,            -- the job that did it
    file       TEXT,             -- the file it was written to; empty: a database; null: nobody said
    method     TEXT AS (content ->> 'method'),
    layer      TEXT AS (coalesce(nullif(content ->> 'sourceLayerId', ''), local_layer)), -- in the project
    source_pk  TEXT AS (content ->> 'sourcePk'),
    UNIQUE (resource, id)
) STRICT;

-- Where the values of columns belong that edits of a layer name and its table does not have.
CREATE TABLE change_set_column (
    resource BLOB    NOT NULL,
    layer    TEXT    NOT NULL,
    name     TEXT    NOT NULL, -- as devices have it
    is_now   TEXT,             -- null: its values are left out
    said     INTEGER NOT NULL, -- position
    said_at  INTEGER NOT NULL,
    said_by  BLOB,
    PRIMARY KEY (resource, layer, name)
) STRICT, WITHOUT ROWID;

-- Made last:
CREATE INDEX change_set_delta_by_file ON change_set_delta (resource, delta_file, key);
CREATE INDEX change_set_delta_in_order ON change_set_delta (resource, key);
CREATE INDEX change_set_delta_pending ON change_set_delta (resource, key) WHERE status = 'pending';
CREATE INDEX change_set_delta_taken_back ON change_set_delta (resource, key) WHERE status = 'taken_back';
CREATE INDEX change_set_delta_known ON change_set_delta (resource, client) WHERE modified_pk IS NOT NULL;
CREATE INDEX change_set_delta_of_feature ON change_set_delta (resource, layer, modified_pk)
    WHERE applied IS NOT NULL AND method <> 'patch';
