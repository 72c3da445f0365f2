-- The ground: divisions, units, people who sign in, lists, warnings, audit.

create table divisions (
    code text collate "C" primary key check (length(code) = 12),
    name text not null,
    level text not null check (level in ('province', 'city', 'county', 'township', 'village')),
    parent_code text collate "C" references divisions (code),
    year integer not null,
    opened_year integer not null,
    closed_year integer,
    successor_code text collate "C" references divisions (code)
);
create index divisions_parent on divisions (parent_code);
create index divisions_name on divisions (name);

create table division_facts (
    code text collate "C" primary key references divisions (code),
    population bigint check (population >= 0),
    households bigint check (households >= 0),
    latitude double precision check (latitude between -90 and 90),
    longitude double precision check (longitude between -180 and 180),
    made_up boolean not null,
    updated_at timestamptz not null
);

create table division_changes (
    id bigint generated always as identity primary key,
    year integer not null,
    code text collate "C" not null,
    kind text not null check (kind in ('added', 'renamed', 'moved', 'split', 'vanished', 'succeeded')),
    detail jsonb not null,
    created_at timestamptz not null
);
create index division_changes_code on division_changes (code);

create table units (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    name text not null unique,
    kind text not null check (kind in ('city_centre', 'dissuasion_centre', 'county_centre', 'police_station', 'community_team')),
    parent_id bigint references units (id),
    created_at timestamptz not null,
    closed_at timestamptz
);

create table unit_divisions (
    unit_id bigint not null references units (id),
    division_code text collate "C" not null references divisions (code),
    primary key (unit_id, division_code)
);
create index unit_divisions_code on unit_divisions (division_code);

create table residents (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    key bytea not null,
    openid_index bytea unique,
    openid bytea,
    state text not null check (state in ('active', 'withdrawn', 'erased')),
    created_at timestamptz not null,
    last_signed_in_at timestamptz not null
);

create table officers (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    key bytea not null,
    username text collate "C" not null unique,
    password_hash text not null,
    totp_secret bytea not null,
    totp_step bigint not null,
    role text not null,
    unit_id bigint references units (id),
    state text not null check (state in ('active', 'disabled')),
    created_at timestamptz not null
);

-- One row for every name anybody tried, known or not, so that the two cannot be told apart.
create table sign_in_attempts (
    username_index bytea primary key,
    window_started_at timestamptz not null,
    window_failures integer not null,
    day_started_at timestamptz not null,
    day_failures integer not null,
    totp_failures integer not null,
    totp_window_started_at timestamptz not null
);

create table sessions (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    holder_kind text not null check (holder_kind in ('resident', 'officer')),
    holder_id bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text check (end_reason in ('signed_out', 'reused', 'disabled'))
);
create index sessions_holder on sessions (holder_kind, holder_id);
create index sessions_expires on sessions (expires_at);

create table refresh_tokens (
    id bigint generated always as identity primary key,
    session_id bigint not null references sessions (id),
    token_hash bytea not null unique,
    issued_at timestamptz not null,
    used_at timestamptz,
    retired_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Numbers handed out under a row lock held to the commit: whoever has seen n has seen everything below n.
create table change_counters (
    name text collate "C" primary key,
    number bigint not null
);
insert into change_counters (name, number) values ('lists', 0), ('revocations', 0), ('divisions', 0);

create table revocations (
    change_number bigint primary key,
    session_public_id text collate "C" not null,
    expires_at timestamptz not null
);

create table upstream_keys (
    id bigint generated always as identity primary key,
    key_id text collate "C" not null unique,
    name text not null,
    secret bytea not null,
    state text not null check (state in ('active', 'disabled')),
    created_at timestamptz not null
);

create table upstream_nonces (
    upstream_key_id bigint not null references upstream_keys (id),
    nonce text collate "C" not null,
    expires_at timestamptz not null,
    primary key (upstream_key_id, nonce)
);
create index upstream_nonces_expires on upstream_nonces (expires_at);

create table list_entries (
    id bigint generated always as identity primary key,
    public_id bytea not null,
    list text collate "C" not null check (list in ('blacklist', 'allowlist', 'guardlist')),
    kind text collate "C" not null,
    rule text collate "C" not null check (rule in ('exact', 'number_prefix', 'host_suffix', 'path_prefix')),
    canonical text not null,
    lookup_key bytea not null,
    fraud_type text collate "C",
    severity smallint not null check (severity between 0 and 3),
    source text not null,
    owner text,
    first_seen date,
    last_seen date,
    state text collate "C" not null check (state in ('proposed', 'active', 'suspended', 'withdrawn', 'expired')),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    change_number bigint not null
);
-- In key order: a new snapshot is one walk along this index.
create unique index list_entries_key on list_entries (lookup_key, list);
create index list_entries_change on list_entries (change_number);

create table list_conflicts (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    lookup_key bytea not null unique,
    kind text collate "C" not null,
    canonical text not null,
    opened_at timestamptz not null,
    settled_at timestamptz,
    settlement text check (settlement in ('blacklist', 'allowlist')),
    settled_by text
);

create table warnings (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    resident_id bigint not null references residents (id),
    subject_index bytea not null,
    day date not null,
    kind text collate "C" not null,
    canonical bytea not null,
    fraud_type text collate "C" not null,
    created_at timestamptz not null,
    unique (resident_id, subject_index, day)
);

create table check_counts (
    day date not null,
    hour smallint not null,
    actor text collate "C" not null,
    kind text collate "C" not null,
    verdict text collate "C" not null,
    count bigint not null,
    primary key (day, hour, actor, kind, verdict)
);

create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor_kind text collate "C" not null,
    actor_id text collate "C" not null,
    action text collate "C" not null,
    object_kind text collate "C" not null,
    object_id text collate "C" not null,
    request_id text collate "C" not null,
    detail jsonb not null
);
create index audit_log_object on audit_log (object_kind, object_id);

create table idempotency_keys (
    actor_id text collate "C" not null,
    key text collate "C" not null,
    request_hash bytea not null,
    status smallint not null,
    response text not null,
    created_at timestamptz not null,
    primary key (actor_id, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

-- Which servers live: limits without Redis are divided by their number.
create table servers (
    id text collate "C" primary key,
    seen_at timestamptz not null
);

-- Only outside production, where no key file is named: what several development servers share.
create table development_keys (
    id integer primary key check (id = 1),
    key_file text not null
);
