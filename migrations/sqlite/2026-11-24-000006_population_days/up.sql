-- When a count of a day last changed, so that servers need to read only what is new.
alter table population_days add column updated_at integer not null default 0;
create index population_days_updated on population_days (day, updated_at);
