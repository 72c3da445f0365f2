-- The life of list entries: who says so, how sure they are, what two officers decided, what happened.

create table list_sources (
    id bigint generated always as identity primary key,
    name text not null unique,
    confidence smallint not null check (confidence between 0 and 100),
    -- Percent of its entries that are active on its word alone; 100 once it is trusted.
    share smallint not null check (share between 0 and 100),
    confirmed bigint not null default 0,
    refuted bigint not null default 0,
    -- What a source that pushes its changes sent last.
    pushed_version bigint not null default 0,
    pushed_hash bytea,
    pushed_reply text,
    created_at timestamptz not null
);

create table list_claims (
    lookup_key bytea not null,
    source_id bigint not null references list_sources (id),
    confidence smallint not null check (confidence between 0 and 100),
    seen_on date not null,
    primary key (lookup_key, source_id)
);

alter table list_entries
    add column held boolean not null default false,
    add column ruling text collate "C" check (ruling in ('listed', 'suspended', 'lifted')),
    add column expires_on date;
create index list_entries_expires on list_entries (expires_on) where state in ('active', 'proposed');
create index list_entries_state on list_entries (state, id) where state <> 'active';

create table list_events (
    id bigint generated always as identity primary key,
    lookup_key bytea not null,
    list text collate "C" not null,
    at timestamptz not null,
    actor_kind text collate "C" not null,
    actor_id text collate "C" not null,
    action text collate "C" not null,
    state text collate "C" not null,
    reason text not null
);
create index list_events_key on list_events (lookup_key, list, id);

create table list_proposals (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    lookup_key bytea not null,
    list text collate "C" not null,
    ruling text collate "C" not null check (ruling in ('listed', 'suspended', 'lifted')),
    origin text collate "C" not null check (origin in ('officer', 'guard', 'reports', 'appeal')),
    reason text not null,
    created_at timestamptz not null,
    -- The first of the two officers; none until one stands by what the system proposed.
    proposed_by bigint references officers (id),
    decided_by bigint references officers (id),
    decided_at timestamptz,
    approved boolean,
    decision_reason text
);
create unique index list_proposals_open on list_proposals (lookup_key, list) where decided_at is null;
create index list_proposals_key on list_proposals (lookup_key, list, id);

alter table list_conflicts
    add column proposed_by bigint references officers (id),
    add column proposed_keep text collate "C" check (proposed_keep in ('blacklist', 'allowlist'));

-- How far a rescoring of all entries has come, and under which parameters.
create table list_rescoring (
    id integer primary key check (id = 1),
    parameters text not null,
    position bigint not null
);

update list_entries set held = true where state = 'proposed';
update list_entries set ruling = 'lifted' where state = 'withdrawn';
insert into list_sources (name, confidence, share, created_at)
    select source, 80, 100, min(created_at) from list_entries where list = 'blacklist' group by source;
insert into list_claims (lookup_key, source_id, confidence, seen_on)
    select e.lookup_key, s.id, s.confidence,
        greatest(coalesce(e.last_seen, date(e.created_at at time zone 'Asia/Shanghai')), date(e.created_at at time zone 'Asia/Shanghai'))
    from list_entries e join list_sources s on s.name = e.source where e.list = 'blacklist';
