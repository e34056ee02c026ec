-- The one secret that outlives data keys (blind indexes), and which master key wraps everything here.
create table vault_root (
    one         smallint primary key check (one = 1),
    fingerprint text not null,
    wrapped     bytea not null
);

-- A destroyed key keeps its row without the key: "forgotten" must be told apart from "never known".
create table data_key (
    id           uuid primary key,
    subject      uuid not null,
    purpose      text not null,
    shared       boolean not null,
    wrapped      bytea,
    created_at   timestamptz not null default clock_timestamp(),
    destroyed_at timestamptz,
    check ((wrapped is null) = (destroyed_at is not null))
);

create unique index one_shared_key on data_key (subject, purpose) where shared and wrapped is not null;
create index keys_of_subject on data_key (subject);
