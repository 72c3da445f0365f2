-- The ground: divisions, units, people who sign in, lists, warnings, audit.

create table divisions (
    code text primary key not null check (length(code) = 12),
    name text not null,
    level text not null check (level in ('province', 'city', 'county', 'township', 'village')),
    parent_code text references divisions (code),
    year integer not null,
    opened_year integer not null,
    closed_year integer,
    successor_code text references divisions (code)
);
create index divisions_parent on divisions (parent_code);
create index divisions_name on divisions (name);

create table division_facts (
    code text primary key not null references divisions (code),
    population bigint check (population >= 0),
    households bigint check (households >= 0),
    latitude double check (latitude between -90 and 90),
    longitude double check (longitude between -180 and 180),
    made_up boolean not null,
    updated_at bigint not null
);

create table division_changes (
    id integer primary key not null,
    year integer not null,
    code text not null,
    kind text not null check (kind in ('added', 'renamed', 'moved', 'split', 'vanished', 'succeeded')),
    detail blob not null,
    created_at bigint not null
);
create index division_changes_code on division_changes (code);

create table units (
    id integer primary key not null,
    public_id text not null unique,
    name text not null unique,
    kind text not null check (kind in ('city_centre', 'dissuasion_centre', 'county_centre', 'police_station', 'community_team')),
    parent_id bigint references units (id),
    created_at bigint not null,
    closed_at bigint
);

create table unit_divisions (
    unit_id bigint not null references units (id),
    division_code text not null references divisions (code),
    primary key (unit_id, division_code)
);
create index unit_divisions_code on unit_divisions (division_code);

create table residents (
    id integer primary key not null,
    public_id text not null unique,
    key blob not null,
    openid_index blob unique,
    openid blob,
    state text not null check (state in ('active', 'withdrawn', 'erased')),
    created_at bigint not null,
    last_signed_in_at bigint not null
);

create table officers (
    id integer primary key not null,
    public_id text not null unique,
    key blob not null,
    username text not null unique,
    password_hash text not null,
    totp_secret blob not null,
    totp_step bigint not null,
    role text not null,
    unit_id bigint references units (id),
    state text not null check (state in ('active', 'disabled')),
    created_at bigint not null
);

-- One row for every name anybody tried, known or not, so that the two cannot be told apart.
create table sign_in_attempts (
    username_index blob primary key not null,
    window_started_at bigint not null,
    window_failures integer not null,
    day_started_at bigint not null,
    day_failures integer not null,
    totp_failures integer not null,
    totp_window_started_at bigint not null
);

create table sessions (
    id integer primary key not null,
    public_id text not null unique,
    holder_kind text not null check (holder_kind in ('resident', 'officer')),
    holder_id bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    end_reason text check (end_reason in ('signed_out', 'reused', 'disabled'))
);
create index sessions_holder on sessions (holder_kind, holder_id);
create index sessions_expires on sessions (expires_at);

create table refresh_tokens (
    id integer primary key not null,
    session_id bigint not null references sessions (id),
    token_hash blob not null unique,
    issued_at bigint not null,
    used_at bigint,
    retired_at bigint
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Numbers handed out under a row lock held to the commit: whoever has seen n has seen everything below n.
create table change_counters (
    name text primary key not null,
    number bigint not null
);
insert into change_counters (name, number) values ('lists', 0), ('revocations', 0), ('divisions', 0);

create table revocations (
    change_number bigint primary key not null,
    session_public_id text not null,
    expires_at bigint not null
);

create table upstream_keys (
    id integer primary key not null,
    key_id text not null unique,
    name text not null,
    secret blob not null,
    state text not null check (state in ('active', 'disabled')),
    created_at bigint not null
);

create table upstream_nonces (
    upstream_key_id bigint not null references upstream_keys (id),
    nonce text not null,
    expires_at bigint not null,
    primary key (upstream_key_id, nonce)
);
create index upstream_nonces_expires on upstream_nonces (expires_at);

create table list_entries (
    id integer primary key not null,
    public_id blob not null,
    list text not null check (list in ('blacklist', 'allowlist', 'guardlist')),
    kind text not null,
    rule text not null check (rule in ('exact', 'number_prefix', 'host_suffix', 'path_prefix')),
    canonical text not null,
    lookup_key blob not null,
    fraud_type text,
    severity smallint not null check (severity between 0 and 3),
    source text not null,
    owner text,
    first_seen date,
    last_seen date,
    state text not null check (state in ('proposed', 'active', 'suspended', 'withdrawn', 'expired')),
    created_at bigint not null,
    updated_at bigint not null,
    change_number bigint not null
);
-- In key order: a new snapshot is one walk along this index.
create unique index list_entries_key on list_entries (lookup_key, list);
create index list_entries_change on list_entries (change_number);

create table list_conflicts (
    id integer primary key not null,
    public_id text not null unique,
    lookup_key blob not null unique,
    kind text not null,
    canonical text not null,
    opened_at bigint not null,
    settled_at bigint,
    settlement text check (settlement in ('blacklist', 'allowlist')),
    settled_by text
);

create table warnings (
    id integer primary key not null,
    public_id text not null unique,
    resident_id bigint not null references residents (id),
    subject_index blob not null,
    day date not null,
    kind text not null,
    canonical blob not null,
    fraud_type text not null,
    created_at bigint not null,
    unique (resident_id, subject_index, day)
);

create table check_counts (
    day date not null,
    hour smallint not null,
    actor text not null,
    kind text not null,
    verdict text not null,
    count bigint not null,
    primary key (day, hour, actor, kind, verdict)
);

create table audit_log (
    id integer primary key not null,
    at bigint not null,
    actor_kind text not null,
    actor_id text not null,
    action text not null,
    object_kind text not null,
    object_id text not null,
    request_id text not null,
    detail blob not null
);
create index audit_log_object on audit_log (object_kind, object_id);

create table idempotency_keys (
    actor_id text not null,
    key text not null,
    request_hash blob not null,
    status smallint not null,
    response text not null,
    created_at bigint not null,
    primary key (actor_id, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

-- Which servers live: limits without Redis are divided by their number.
create table servers (
    id text primary key not null,
    seen_at bigint not null
);

-- Only outside production, where no key file is named: what several development servers share.
create table development_keys (
    id integer primary key not null check (id = 1),
    key_file text not null
);
