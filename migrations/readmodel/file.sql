CREATE TABLE file (
    key           INTEGER PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE,
    resource      BLOB    NOT NULL,
    path          TEXT    NOT NULL,
    folded        TEXT    NOT NULL, -- as a device has it to which case does not matter
    current       INTEGER, -- key of the version the path holds; null when it holds nothing
    current_size  INTEGER NOT NULL,
    version_count INTEGER NOT NULL,
    last_number   INTEGER NOT NULL,
    brought       INTEGER, -- position at which somebody uploaded, restored or deleted something of it last
    brought_by    BLOB,
    brought_at    INTEGER
) STRICT;

CREATE TABLE file_version (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    file       INTEGER NOT NULL, -- key of the file
    number     INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    md5        BLOB,
    etag       TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    media_type TEXT    NOT NULL,
    job        BLOB, -- the job that made it; null when somebody uploaded it
    restored   BLOB, -- the version whose bytes it got
    added_by   BLOB,
    added_at   INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL DEFAULT 0,
    is_purged  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX file_version_in_order ON file_version (file, key);

CREATE TABLE file_total (
    resource    BLOB    NOT NULL PRIMARY KEY,
    file_count  INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    changed     INTEGER NOT NULL, -- position of the last change
    kept_bytes  INTEGER NOT NULL, -- with all versions that are not deleted
    restricted_changed_at INTEGER -- when a file that only managers may change, where that is asked for, changed last
) STRICT, WITHOUT ROWID;

-- The QGIS project file of a resource: what belongs to it is told by its name.
CREATE TABLE file_project (
    resource BLOB NOT NULL PRIMARY KEY,
    path     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Blobs that events of resources and jobs name: thumbnails, and what jobs read, printed and made.
CREATE TABLE file_blob (
    digest BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Jobs that package a resource or apply edits to it, whose outputs are let go some day.
CREATE TABLE file_job (
    job      BLOB NOT NULL PRIMARY KEY,
    resource BLOB NOT NULL,
    kind     TEXT NOT NULL,
    whose    BLOB,   -- who alone gets what it makes; null: everybody
    finished INTEGER -- position of its end
) STRICT, WITHOUT ROWID;

CREATE TABLE file_output (
    job    BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (job, digest)
) STRICT, WITHOUT ROWID;

-- The pictures of accounts: unlike the blobs above they are let go.
CREATE TABLE file_avatar (
    account BLOB NOT NULL PRIMARY KEY,
    digest  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Made last:
CREATE INDEX file_output_by_digest ON file_output (digest);
CREATE INDEX file_job_by_resource ON file_job (resource, kind, finished);
CREATE INDEX file_avatar_by_digest ON file_avatar (digest);
CREATE INDEX file_by_folded ON file (resource, folded) WHERE current IS NOT NULL;
CREATE INDEX file_in_order ON file (resource, path) WHERE current IS NOT NULL;
CREATE INDEX file_version_by_digest ON file_version (digest) WHERE is_purged = 0;
