-- The one secret that outlives data keys (blind indexes), and which master key wraps everything here.
create table vault_root (
    one         integer primary key check (one = 1),
    fingerprint text not null,
    wrapped     blob not null
) strict;

-- A destroyed key keeps its row without the key: "forgotten" must be told apart from "never known".
create table data_key (
    id           blob primary key,
    subject      blob not null,
    purpose      text not null,
    shared       integer not null,
    wrapped      blob,
    created_at   text not null,
    destroyed_at text,
    check ((wrapped is null) = (destroyed_at is not null))
) strict, without rowid;

create unique index one_shared_key on data_key (subject, purpose) where shared = 1 and wrapped is not null;
create index keys_of_subject on data_key (subject);
