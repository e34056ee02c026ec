CREATE TABLE account (
    key              INTEGER PRIMARY KEY,
    id               BLOB    NOT NULL UNIQUE,
    kind             TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    name_key         TEXT    NOT NULL,
    owner            BLOB,
    is_admin         INTEGER NOT NULL DEFAULT 0,
    is_disabled      INTEGER NOT NULL DEFAULT 0,
    is_erased        INTEGER NOT NULL DEFAULT 0,
    profile_key      BLOB,
    profile_content  TEXT,
    email_index      TEXT,
    password_key     BLOB,
    password_content TEXT,
    default_role     TEXT,
    avatar           BLOB,
    avatar_media_type TEXT,
    avatar_size      INTEGER,
    avatar_at        INTEGER,
    registered_at    INTEGER NOT NULL,
    plan             TEXT, -- none: the one that the server gives to everybody
    plan_status      TEXT,
    plan_since       INTEGER,
    plan_until       INTEGER
) STRICT;

CREATE TABLE account_member (
    key          INTEGER PRIMARY KEY,
    organization BLOB    NOT NULL,
    member       BLOB    NOT NULL,
    role         TEXT    NOT NULL,
    added_at     INTEGER NOT NULL,
    is_public    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (organization, member)
) STRICT;

CREATE TABLE account_team (
    key          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    organization BLOB    NOT NULL,
    name         TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX account_team_by_organization ON account_team (organization, key);

CREATE TABLE account_team_member (
    key      INTEGER PRIMARY KEY,
    team     BLOB    NOT NULL,
    member   BLOB    NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (team, member)
) STRICT;

-- Made last:
CREATE INDEX account_by_name ON account (name_key);
CREATE INDEX account_by_email ON account (email_index) WHERE email_index IS NOT NULL;
CREATE INDEX account_by_owner ON account (owner) WHERE owner IS NOT NULL;
CREATE INDEX account_member_in_order ON account_member (organization, key);
CREATE INDEX account_member_by_member ON account_member (member);
CREATE INDEX account_team_member_in_order ON account_team_member (team, key);
CREATE INDEX account_team_member_by_member ON account_team_member (member);
