CREATE TABLE session (
    key        INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE,
    account    BLOB    NOT NULL,
    token      BLOB    NOT NULL,
    client     TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    is_revoked INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Made last:
CREATE INDEX session_by_token ON session (token);
CREATE INDEX session_by_account ON session (account, key) WHERE is_revoked = 0;
