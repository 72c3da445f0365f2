-- Look-back: who checked what lately, so that they can be told when it turns bad or was wrong.

create table own_checks (
    subject_index bytea not null,
    person_id bigint not null references persons (id),
    day date not null,
    -- Whether the answer was `fraud`.
    fraud boolean not null,
    primary key (subject_index, person_id, day)
);
create index own_checks_day on own_checks (day);
create index own_checks_person on own_checks (person_id);

-- The number of the last change of the lists that was looked back from.
create table look_back_position (
    id integer primary key check (id = 1),
    change_number bigint not null
);
insert into look_back_position (id, change_number) select 1, number from change_counters where name = 'lists';

-- Why it is told: somebody checked it, it turned bad after that, or it was taken from the list.
alter table warnings
    add column reason text collate "C" not null default 'checked'
        check (reason in ('checked', 'turned_bad', 'withdrawn')),
    drop constraint warnings_resident_id_subject_index_day_key,
    add unique (person_id, subject_index, day, reason);
