-- Files of feeds that were read, so that none is read twice.
create table list_feed_files (
    source text not null,
    name text not null,
    hash bytea not null,
    taken_at timestamptz not null,
    outcome jsonb not null,
    primary key (source, hash)
);
