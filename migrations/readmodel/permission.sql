CREATE TABLE permission_resource (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    kind       TEXT    NOT NULL,
    owner      BLOB    NOT NULL,
    is_public  INTEGER NOT NULL,
    public_role INTEGER NOT NULL DEFAULT 0, -- what everybody may do while it is public; 0 is the weakest
    is_retired INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE permission_collaborator (
    key          INTEGER PRIMARY KEY,
    resource     INTEGER NOT NULL, -- key of the resource
    collaborator BLOB    NOT NULL,
    is_team      INTEGER NOT NULL,
    role         INTEGER NOT NULL, -- 0 is the weakest
    added_at     INTEGER NOT NULL,
    added_by     BLOB,
    changed_at   INTEGER NOT NULL,
    changed_by   BLOB,
    UNIQUE (resource, collaborator)
) STRICT;

-- For everyone who sees a resource one row: its owner, its collaborators, everybody (x'00') and the administrators (x'01').
-- Whoever belongs to an organization or a team reads its rows too, so that a change of members changes no row here.
CREATE TABLE permission_shelf (
    holder     BLOB    NOT NULL,
    is_retired INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    resource   INTEGER NOT NULL, -- key of the resource
    owner      BLOB    NOT NULL,
    PRIMARY KEY (holder, is_retired, kind, resource)
) STRICT, WITHOUT ROWID;

-- Made last:
CREATE INDEX permission_shelf_by_owner ON permission_shelf (holder, owner, is_retired, kind, resource);
