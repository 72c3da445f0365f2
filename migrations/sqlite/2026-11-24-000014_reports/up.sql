-- What residents report. Everything that somebody wrote is sealed under the reporter's own key.

create table reports (
    id integer primary key not null,
    public_id text not null unique,
    person_id bigint not null references persons (id),
    created_at bigint not null,
    fraud_type text,
    text blob,
    note blob,
    fingerprint blob,
    -- The earliest report of almost the same text; its own key where there is none before it.
    alike bigint,
    -- The device, or the person where the device is not known: it has one vote.
    voter_index blob not null,
    address_index blob,
    -- Hundredths of a full vote.
    weight smallint not null
);
create index reports_person on reports (person_id, id);
create index reports_alike on reports (alike) where alike is not null;

create table report_subjects (
    id integer primary key not null,
    report_id bigint not null references reports (id),
    person_id bigint not null references persons (id),
    reported_at bigint not null,
    subject_index blob not null,
    kind text not null,
    canonical blob not null,
    outcome text check (outcome in ('right', 'wrong')),
    unique (person_id, subject_index)
);
create index report_subjects_subject on report_subjects (subject_index, id);
create index report_subjects_report on report_subjects (report_id);
create index report_subjects_open on report_subjects (id) where outcome is null;

create table report_bands (
    band bigint not null,
    report_id bigint not null references reports (id),
    primary key (band, report_id)
) without rowid;
create index report_bands_report on report_bands (report_id);

create table report_screenshots (
    id integer primary key not null,
    public_id text not null unique,
    report_id bigint not null references reports (id),
    media_type text not null,
    image blob not null,
    created_at bigint not null
);
create index report_screenshots_report on report_screenshots (report_id, id);

create index warnings_subject on warnings (subject_index);
