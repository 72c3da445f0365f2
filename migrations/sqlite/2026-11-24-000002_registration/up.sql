-- Registration: persons and their families, consents, tags, sign-ups to look at, the protected population.

-- Whoever signs in, is registered by an officer or is named by a family is one person. SQLite cannot drop `not null` from a
-- column, so the table is made anew, and `warnings`, which points to it, after it.
create table persons (
    id integer primary key not null,
    public_id text not null unique,
    key blob not null,
    openid_index blob unique,
    openid blob,
    state text not null check (state in ('active', 'withdrawn', 'erased')),
    created_at bigint not null,
    last_signed_in_at bigint,
    origin text not null default 'self' check (origin in ('self', 'officer', 'family')),
    registered_at bigint,
    registered_by bigint references officers (id),
    division_code text references divisions (code),
    phone blob,
    phone_index blob,
    phone_proof text check (phone_proof in ('wechat', 'sms', 'attested')),
    phone_proved_at bigint,
    -- Somebody else proved the same phone: until then this holder may prove it again, then it is unbound.
    phone_contested_until bigint,
    name blob,
    birth_year smallint check (birth_year between 1900 and 2100),
    paused_at bigint,
    review text not null default 'clear' check (review in ('clear', 'held', 'refused')),
    last_reached_day date,
    -- What this person adds to the counts now: metrics divided by commas, all in `counted_in`.
    counted_in text,
    counted_as text not null default '',
    counted_reached date
);
insert into persons (id, public_id, key, openid_index, openid, state, created_at, last_signed_in_at)
    select id, public_id, key, openid_index, openid, state, created_at, last_signed_in_at from residents;
create table warnings_of_persons (
    id integer primary key not null,
    public_id text not null unique,
    person_id bigint not null references persons (id),
    subject_index blob not null,
    day date not null,
    kind text not null,
    canonical blob not null,
    fraud_type text not null,
    created_at bigint not null,
    unique (person_id, subject_index, day)
);
insert into warnings_of_persons select * from warnings;
drop table warnings;
alter table warnings_of_persons rename to warnings;
drop table residents;
create index persons_phone on persons (phone_index);
create index persons_division on persons (division_code, id);
create index persons_contested on persons (phone_contested_until) where phone_contested_until is not null;

create table consents (
    id integer primary key not null,
    person_id bigint not null references persons (id),
    purpose text not null,
    version text not null,
    basis text not null check (basis in ('self', 'guardian', 'attested')),
    given_by text not null,
    reason blob,
    given_at bigint not null,
    withdrawn_at bigint
);
create unique index consents_open on consents (person_id, purpose) where withdrawn_at is null;

create table person_tags (
    person_id bigint not null references persons (id),
    tag text not null,
    source text not null check (source in ('self', 'guardian', 'officer', 'import')),
    set_at bigint not null,
    expires_at bigint,
    primary key (person_id, tag)
);
create index person_tags_expires on person_tags (expires_at) where expires_at is not null;

create table family_links (
    id integer primary key not null,
    public_id text not null unique,
    resident_id bigint not null references persons (id),
    member_id bigint not null references persons (id),
    relation text not null,
    state text not null check (state in ('invited', 'active', 'ended')),
    guard_consented_at bigint,
    guard_basis text check (guard_basis in ('self', 'guardian', 'attested')),
    created_at bigint not null,
    expires_at bigint,
    ended_at bigint,
    end_reason text check (end_reason in ('declined', 'expired', 'removed', 'left', 'withdrawn', 'erased'))
);
create index family_links_resident on family_links (resident_id);
create index family_links_member on family_links (member_id);
create index family_links_expires on family_links (expires_at) where state = 'invited';

-- One-time codes sent by SMS, under keyed hashes alone.
create table phone_codes (
    phone_index blob primary key not null,
    code_index blob not null,
    sent_at bigint not null,
    expires_at bigint not null,
    failures integer not null
);

-- Where a sign-up came from, for the review of odd ones; forgotten after 30 days.
create table sign_ups (
    id integer primary key not null,
    person_id bigint not null unique references persons (id),
    at bigint not null,
    officer_id bigint references officers (id),
    device_index blob,
    address_index blob
);
create index sign_ups_device on sign_ups (device_index, at);
create index sign_ups_address on sign_ups (address_index, at);
create index sign_ups_officer on sign_ups (officer_id, at);

create table sign_up_reviews (
    id integer primary key not null,
    public_id text not null unique,
    person_id bigint not null unique references persons (id),
    reasons text not null,
    opened_at bigint not null,
    decided_at bigint,
    decision text check (decision in ('accepted', 'refused')),
    decided_by text
);
create index sign_up_reviews_open on sign_up_reviews (id) where decided_at is null;

create table registration_codes (
    officer_id bigint primary key not null references officers (id),
    code text not null unique,
    created_at bigint not null
);

-- Now in each village.
create table population_counts (
    division_code text not null,
    metric text not null,
    count bigint not null,
    updated_at bigint not null,
    primary key (division_code, metric)
);
create index population_counts_updated on population_counts (updated_at);

-- What happened on a day: joined and left in villages, moves in every node whose border was crossed.
create table population_days (
    day date not null,
    division_code text not null,
    metric text not null,
    count bigint not null,
    primary key (day, division_code, metric)
);

-- Protected persons of a village by the day they were last reached.
create table population_reached (
    division_code text not null,
    day date not null,
    count bigint not null,
    updated_at bigint not null,
    primary key (division_code, day)
);
create index population_reached_updated on population_reached (updated_at);
