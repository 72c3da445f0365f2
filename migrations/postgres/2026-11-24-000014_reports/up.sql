-- What residents report. Everything that somebody wrote is sealed under the reporter's own key.

create table reports (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    person_id bigint not null references persons (id),
    created_at timestamptz not null,
    fraud_type text collate "C",
    text bytea,
    note bytea,
    fingerprint bytea,
    -- The earliest report of almost the same text; its own key where there is none before it.
    alike bigint,
    -- The device, or the person where the device is not known: it has one vote.
    voter_index bytea not null,
    address_index bytea,
    -- Hundredths of a full vote.
    weight smallint not null
);
create index reports_person on reports (person_id, id);
create index reports_alike on reports (alike) where alike is not null;

create table report_subjects (
    id bigint generated always as identity primary key,
    report_id bigint not null references reports (id),
    person_id bigint not null references persons (id),
    reported_at timestamptz not null,
    subject_index bytea not null,
    kind text collate "C" not null,
    canonical bytea not null,
    outcome text collate "C" check (outcome in ('right', 'wrong')),
    unique (person_id, subject_index)
);
create index report_subjects_subject on report_subjects (subject_index, id);
create index report_subjects_report on report_subjects (report_id);
create index report_subjects_open on report_subjects (id) where outcome is null;

create table report_bands (
    band bigint not null,
    report_id bigint not null references reports (id),
    primary key (band, report_id)
);
create index report_bands_report on report_bands (report_id);

create table report_screenshots (
    id bigint generated always as identity primary key,
    public_id text collate "C" not null unique,
    report_id bigint not null references reports (id),
    media_type text collate "C" not null,
    image bytea not null,
    created_at timestamptz not null
);
create index report_screenshots_report on report_screenshots (report_id, id);

create index warnings_subject on warnings (subject_index);
