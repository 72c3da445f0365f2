-- What others saw of entries: that one is wrong, or that they no longer say it. Kept so that the same word twice does nothing.

create table list_sightings (
    lookup_key blob not null,
    list text not null,
    source text not null,
    kind text not null check (kind in ('false_positive', 'expiration')),
    seen_on date not null,
    taken_at bigint not null,
    primary key (lookup_key, list, source, kind)
) without rowid;

-- SQLite cannot change a check: the table is made anew.
create table list_proposals_new (
    id integer primary key not null,
    public_id text not null unique,
    lookup_key blob not null,
    list text not null,
    ruling text not null check (ruling in ('listed', 'suspended', 'lifted')),
    origin text not null check (origin in ('officer', 'guard', 'reports', 'appeal', 'sighting')),
    reason text not null,
    created_at bigint not null,
    -- The first of the two officers; none until one stands by what the system proposed.
    proposed_by bigint references officers (id),
    decided_by bigint references officers (id),
    decided_at bigint,
    approved boolean,
    decision_reason text
);
insert into list_proposals_new
    select id, public_id, lookup_key, list, ruling, origin, reason, created_at, proposed_by, decided_by, decided_at, approved,
        decision_reason from list_proposals;
drop table list_proposals;
alter table list_proposals_new rename to list_proposals;
create unique index list_proposals_open on list_proposals (lookup_key, list) where decided_at is null;
create index list_proposals_key on list_proposals (lookup_key, list, id);
