-- Files of feeds that were read, so that none is read twice.
create table list_feed_files (
    source text not null,
    name text not null,
    hash blob not null,
    taken_at bigint not null,
    outcome text not null,
    primary key (source, hash)
);
