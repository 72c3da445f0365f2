-- What others saw of entries: that one is wrong, or that they no longer say it. Kept so that the same word twice does nothing.

create table list_sightings (
    lookup_key bytea not null,
    list text collate "C" not null,
    source text collate "C" not null,
    kind text collate "C" not null check (kind in ('false_positive', 'expiration')),
    seen_on date not null,
    taken_at timestamptz not null,
    primary key (lookup_key, list, source, kind)
);

alter table list_proposals
    drop constraint list_proposals_origin_check,
    add constraint list_proposals_origin_check check (origin in ('officer', 'guard', 'reports', 'appeal', 'sighting'));
