-- Officers as people, duty rosters, substitutes, and who answers for which village (包保责任制).

-- Sealed under the officer's own key.
alter table officers
    add column name bytea,
    add column phone bytea,
    add column phone_index bytea,
    add column disabled_at timestamptz;
create index officers_phone on officers (phone_index);
create index officers_unit on officers (unit_id);

create table duty_shifts (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    unit_id bigint not null references units (id),
    officer_id bigint not null references officers (id),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    kind text collate "C" not null check (kind in ('duty')),
    created_at timestamptz not null,
    check (starts_at < ends_at)
);
create index duty_shifts_unit on duty_shifts (unit_id, starts_at, id);
create index duty_shifts_officer on duty_shifts (officer_id, starts_at);
create index duty_shifts_ends on duty_shifts (ends_at);

-- Who stands in for whom on which days; the days in Beijing, both ends included.
create table officer_substitutes (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    officer_id bigint not null references officers (id),
    substitute_id bigint not null references officers (id),
    from_day date not null,
    to_day date not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    check (officer_id <> substitute_id),
    check (from_day <= to_day)
);
create index officer_substitutes_officer on officer_substitutes (officer_id) where ended_at is null;
create index officer_substitutes_substitute on officer_substitutes (substitute_id) where ended_at is null;

-- Ended, never deleted. The person need not be an officer: each row has a key of its own.
create table responsibility_assignments (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    key bytea not null,
    name bytea not null,
    phone bytea not null,
    phone_index bytea not null,
    post text not null,
    division_code text collate "C" not null references divisions (code),
    -- A group, a block, a building below the village.
    patch text,
    from_day date not null,
    to_day date,
    created_at timestamptz not null,
    created_by text collate "C" not null,
    ended_at timestamptz,
    ended_by text collate "C",
    check (to_day is null or from_day <= to_day)
);
create index responsibility_assignments_division on responsibility_assignments (division_code, id);
create index responsibility_assignments_phone on responsibility_assignments (phone_index) where ended_at is null;
