-- Owners object to what is said of their numbers and sites (Anti-Telecom and Online Fraud Law, article 32).

create table appeals (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    person_id bigint not null references persons (id),
    -- The entry that a decision changes: the listed one, or a new one on the allowlist where a wider rule is right.
    lookup_key bytea not null,
    list text collate "C" not null,
    kind text collate "C" not null,
    canonical bytea,
    statement bytea,
    -- What the owner of a site publishes to prove it.
    token text collate "C" not null,
    method text collate "C" check (method in ('sms', 'dns', 'file', 'papers')),
    created_at timestamptz not null,
    proved_at timestamptz,
    due_at timestamptz,
    proposal text collate "C",
    closed_at timestamptz,
    outcome text collate "C" check (outcome in ('lifted', 'upheld', 'withdrawn'))
);
create unique index appeals_open on appeals (person_id, lookup_key, list) where closed_at is null;
create index appeals_due on appeals (due_at, id) where closed_at is null and proved_at is not null;
create index appeals_proposal on appeals (proposal) where proposal is not null;
create index appeals_closed on appeals (closed_at) where closed_at is not null;
