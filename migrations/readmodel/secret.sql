-- The values stay sealed here too.
CREATE TABLE secret (
    key           INTEGER PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE,
    holder        BLOB    NOT NULL, -- a project or an organization
    is_project    INTEGER NOT NULL, -- which of the two
    name          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    assigned_to   BLOB,
    value_key     BLOB    NOT NULL,
    value_content TEXT    NOT NULL,
    set_at        INTEGER NOT NULL,
    set_by        BLOB
) STRICT;

-- Made last:
CREATE INDEX secret_by_holder ON secret (holder, key);
CREATE INDEX secret_by_person ON secret (assigned_to) WHERE assigned_to IS NOT NULL;
