CREATE TABLE job (
    key                 INTEGER PRIMARY KEY,
    id                  BLOB    NOT NULL UNIQUE,
    kind                TEXT    NOT NULL,
    resource            BLOB    NOT NULL,
    revision            BLOB,
    project_file        TEXT,
    project_file_digest BLOB,
    state               TEXT    NOT NULL,
    requester           BLOB,
    is_private          INTEGER NOT NULL, -- whether only the requester gets what it makes
    cause               TEXT    NOT NULL,
    priority            INTEGER NOT NULL, -- lower goes first
    attempt             INTEGER NOT NULL,
    max_attempts        INTEGER NOT NULL,
    worker              BLOB,
    lease_until         INTEGER,
    not_before          INTEGER,
    requested_at        INTEGER NOT NULL,
    claimed_at          INTEGER,
    claimed             INTEGER, -- position of the last claim
    started_at          INTEGER,
    step                TEXT,    -- what its container is at, while it runs
    percent             INTEGER, -- of that step, where it is known
    ended_at            INTEGER,
    settled_at          INTEGER, -- when what came of it was in its place
    container           TEXT,
    image               TEXT,
    image_digest        TEXT,
    inputs              BLOB,
    error               TEXT, -- JSON
    exit_code           INTEGER,
    log                 BLOB,
    outputs             TEXT    NOT NULL DEFAULT '[]' -- JSON
) STRICT;

CREATE TABLE job_feedback (
    job      INTEGER PRIMARY KEY, -- key of the job
    feedback TEXT NOT NULL -- JSON
) STRICT;

-- Transactions with edits, in databases on servers, of jobs that did not say what came of them.
CREATE TABLE job_commit (
    announced INTEGER PRIMARY KEY, -- position
    job       BLOB NOT NULL,
    resource  BLOB NOT NULL,
    database  TEXT NOT NULL,
    number    TEXT NOT NULL, -- of the transaction
    outcomes  BLOB NOT NULL  -- digest
) STRICT;

-- Made last:
CREATE INDEX job_by_resource ON job (resource, key);
CREATE INDEX job_by_state ON job (state, key);
CREATE INDEX job_under_way ON job (resource) WHERE ended_at IS NULL;
CREATE INDEX job_in_lane ON job (resource, key) WHERE kind = 'apply_deltas' AND settled_at IS NULL;
CREATE INDEX job_commit_by_resource ON job_commit (resource, announced);
CREATE INDEX job_commit_by_job ON job_commit (job);
CREATE INDEX job_packaged ON job (resource, key) WHERE kind = 'package' AND state = 'finished';
