-- Where links lead, as the last look found it. The link stands under a keyed hash alone and where it leads is sealed: links
-- carry names and tokens. Forgotten at expires_at.
create table link_expansions (
    link_index bytea not null primary key,
    trail bytea not null,
    fetched_at timestamptz not null,
    expires_at timestamptz not null
);
create index link_expansions_expires_at on link_expansions (expires_at);
