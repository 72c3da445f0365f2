-- What WeChat says of screenshots. One that was there before is not asked about: its reporter has long left.

alter table report_screenshots add column check_state text collate "C" not null default 'unchecked'
    check (check_state in ('unchecked', 'asked', 'passed', 'review', 'risky', 'manual'));
-- Unchecked: when it may be asked about. Asked: when it is given up. Null: nothing is to be done.
alter table report_screenshots add column check_due timestamptz;
-- How often it was asked about, and how often WeChat had no result.
alter table report_screenshots add column check_asked smallint not null default 0;
alter table report_screenshots add column check_failed smallint not null default 0;
-- SHA-256, in hex, of the word in the address from which WeChat fetches it, and until when that may be.
alter table report_screenshots add column media_token text collate "C";
alter table report_screenshots add column media_until timestamptz;
alter table report_screenshots add column trace_id text collate "C";
create index report_screenshots_due on report_screenshots (check_state, check_due) where check_due is not null;
create unique index report_screenshots_token on report_screenshots (media_token) where media_token is not null;
create unique index report_screenshots_trace on report_screenshots (trace_id) where trace_id is not null;

-- Results that came before the answer to the asking, which says whose they are.
create table media_results (
    trace_id text collate "C" primary key not null,
    suggestion text collate "C" not null check (suggestion in ('pass', 'review', 'risky', 'failed')),
    taken_at timestamptz not null
);
create index media_results_taken on media_results (taken_at);
