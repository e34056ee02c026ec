CREATE TABLE resource (
    key                  INTEGER PRIMARY KEY,
    id                   BLOB    NOT NULL UNIQUE,
    kind                 TEXT    NOT NULL,
    owner                BLOB    NOT NULL,
    name                 TEXT    NOT NULL,
    description          TEXT    NOT NULL,
    visibility           TEXT    NOT NULL,
    registered_at        INTEGER NOT NULL,
    changed_at           INTEGER NOT NULL,
    is_retired           INTEGER NOT NULL DEFAULT 0,
    is_template          INTEGER NOT NULL DEFAULT 0,
    is_featured          INTEGER NOT NULL DEFAULT 0,
    has_attachments_on_demand INTEGER NOT NULL DEFAULT 0,
    has_restricted_files INTEGER NOT NULL DEFAULT 0,
    overwrites_conflicts INTEGER NOT NULL DEFAULT 1,
    public_role          TEXT    NOT NULL DEFAULT 'reader',
    keep_versions        INTEGER,
    project_file         TEXT,
    ready                BLOB,
    latest               BLOB,
    is_online            INTEGER, -- whether a vector layer of what is ready is read from a server; null when nothing is ready
    is_latest_rejected   INTEGER NOT NULL DEFAULT 0, -- whether QGIS could not read what was put forward last
    staged               INTEGER, -- key of the revision that waits to be looked at
    west                 REAL,
    south                REAL,
    east                 REAL,
    north                REAL,
    thumbnail            BLOB,
    thumbnail_media_type TEXT,
    thumbnail_size       INTEGER
) STRICT;

CREATE TABLE resource_revision (
    key            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    resource       BLOB    NOT NULL,
    state          TEXT    NOT NULL,
    project_file   TEXT    NOT NULL,
    version        BLOB    NOT NULL,
    digest         BLOB    NOT NULL,
    staged_at      INTEGER NOT NULL,
    settled_at     INTEGER,
    reason_code    TEXT,
    reason_message TEXT
) STRICT;

CREATE TABLE resource_details (
    revision BLOB NOT NULL PRIMARY KEY,
    details  TEXT NOT NULL,
    is_online INTEGER NOT NULL
) STRICT;

-- What projects grow from that are not made by uploads alone.
CREATE TABLE resource_source (
    resource BLOB NOT NULL PRIMARY KEY,
    source   TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- Made last:
CREATE INDEX resource_by_name ON resource (owner, name) WHERE is_retired = 0;
CREATE INDEX resource_revision_in_order ON resource_revision (resource, key);
CREATE VIRTUAL TABLE resource_text USING fts5 (
    name, description, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO resource_text (rowid, name, description) SELECT key, name, description FROM resource WHERE is_retired = 0;
