-- Look-back: who checked what lately, so that they can be told when it turns bad or was wrong.

create table own_checks (
    subject_index blob not null,
    person_id bigint not null references persons (id),
    day date not null,
    -- Whether the answer was `fraud`.
    fraud boolean not null,
    primary key (subject_index, person_id, day)
) without rowid;
create index own_checks_day on own_checks (day);
create index own_checks_person on own_checks (person_id);

-- The number of the last change of the lists that was looked back from.
create table look_back_position (
    id integer primary key not null check (id = 1),
    change_number bigint not null
);
insert into look_back_position (id, change_number) select 1, number from change_counters where name = 'lists';

create table warnings_with_reasons (
    id integer primary key not null,
    public_id text not null unique,
    person_id bigint not null references persons (id),
    subject_index blob not null,
    day date not null,
    kind text not null,
    canonical blob not null,
    fraud_type text not null,
    created_at bigint not null,
    -- Why it is told: somebody checked it, it turned bad after that, or it was taken from the list.
    reason text not null default 'checked' check (reason in ('checked', 'turned_bad', 'withdrawn')),
    unique (person_id, subject_index, day, reason)
);
insert into warnings_with_reasons
    select id, public_id, person_id, subject_index, day, kind, canonical, fraud_type, created_at, 'checked' from warnings;
drop table warnings;
alter table warnings_with_reasons rename to warnings;
create index warnings_subject on warnings (subject_index);
