-- Registration: persons and their families, consents, tags, sign-ups to look at, the protected population.

-- Whoever signs in, is registered by an officer or is named by a family is one person.
alter table residents rename to persons;
alter table persons alter column last_signed_in_at drop not null;
alter table persons
    add column origin text collate "C" not null default 'self' check (origin in ('self', 'officer', 'family')),
    add column registered_at timestamptz,
    add column registered_by bigint references officers (id),
    add column division_code text collate "C" references divisions (code),
    add column phone bytea,
    add column phone_index bytea,
    add column phone_proof text collate "C" check (phone_proof in ('wechat', 'sms', 'attested')),
    add column phone_proved_at timestamptz,
    -- Somebody else proved the same phone: until then this holder may prove it again, then it is unbound.
    add column phone_contested_until timestamptz,
    add column name bytea,
    add column birth_year smallint check (birth_year between 1900 and 2100),
    add column paused_at timestamptz,
    add column review text collate "C" not null default 'clear' check (review in ('clear', 'held', 'refused')),
    add column last_reached_day date,
    -- What this person adds to the counts now: metrics divided by commas, all in `counted_in`.
    add column counted_in text collate "C",
    add column counted_as text collate "C" not null default '',
    add column counted_reached date;
create index persons_phone on persons (phone_index);
create index persons_division on persons (division_code, id);
create index persons_contested on persons (phone_contested_until) where phone_contested_until is not null;
alter table warnings rename column resident_id to person_id;

create table consents (
    id bigint generated always as identity primary key,
    person_id bigint not null references persons (id),
    purpose text collate "C" not null,
    version text collate "C" not null,
    basis text collate "C" not null check (basis in ('self', 'guardian', 'attested')),
    given_by text collate "C" not null,
    reason bytea,
    given_at timestamptz not null,
    withdrawn_at timestamptz
);
create unique index consents_open on consents (person_id, purpose) where withdrawn_at is null;

create table person_tags (
    person_id bigint not null references persons (id),
    tag text collate "C" not null,
    source text collate "C" not null check (source in ('self', 'guardian', 'officer', 'import')),
    set_at timestamptz not null,
    expires_at timestamptz,
    primary key (person_id, tag)
);
create index person_tags_expires on person_tags (expires_at) where expires_at is not null;

create table family_links (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    resident_id bigint not null references persons (id),
    member_id bigint not null references persons (id),
    relation text collate "C" not null,
    state text collate "C" not null check (state in ('invited', 'active', 'ended')),
    guard_consented_at timestamptz,
    guard_basis text collate "C" check (guard_basis in ('self', 'guardian', 'attested')),
    created_at timestamptz not null,
    expires_at timestamptz,
    ended_at timestamptz,
    end_reason text collate "C" check (end_reason in ('declined', 'expired', 'removed', 'left', 'withdrawn', 'erased'))
);
create index family_links_resident on family_links (resident_id);
create index family_links_member on family_links (member_id);
create index family_links_expires on family_links (expires_at) where state = 'invited';

-- One-time codes sent by SMS, under keyed hashes alone.
create table phone_codes (
    phone_index bytea primary key,
    code_index bytea not null,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    failures integer not null
);

-- Where a sign-up came from, for the review of odd ones; forgotten after 30 days.
create table sign_ups (
    id bigint generated always as identity primary key,
    person_id bigint not null unique references persons (id),
    at timestamptz not null,
    officer_id bigint references officers (id),
    device_index bytea,
    address_index bytea
);
create index sign_ups_device on sign_ups (device_index, at);
create index sign_ups_address on sign_ups (address_index, at);
create index sign_ups_officer on sign_ups (officer_id, at);

create table sign_up_reviews (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    person_id bigint not null unique references persons (id),
    reasons text collate "C" not null,
    opened_at timestamptz not null,
    decided_at timestamptz,
    decision text collate "C" check (decision in ('accepted', 'refused')),
    decided_by text collate "C"
);
create index sign_up_reviews_open on sign_up_reviews (id) where decided_at is null;

create table registration_codes (
    officer_id bigint primary key references officers (id),
    code text collate "C" not null unique,
    created_at timestamptz not null
);

-- Now in each village.
create table population_counts (
    division_code text collate "C" not null,
    metric text collate "C" not null,
    count bigint not null,
    updated_at timestamptz not null,
    primary key (division_code, metric)
);
create index population_counts_updated on population_counts (updated_at);

-- What happened on a day: joined and left in villages, moves in every node whose border was crossed.
create table population_days (
    day date not null,
    division_code text collate "C" not null,
    metric text collate "C" not null,
    count bigint not null,
    primary key (day, division_code, metric)
);

-- Protected persons of a village by the day they were last reached.
create table population_reached (
    division_code text collate "C" not null,
    day date not null,
    count bigint not null,
    updated_at timestamptz not null,
    primary key (division_code, day)
);
create index population_reached_updated on population_reached (updated_at);
