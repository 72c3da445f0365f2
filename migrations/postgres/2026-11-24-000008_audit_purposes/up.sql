-- What an officer wrote down as the purpose of a look. It is free text and may name somebody, so it lies sealed under the key of
-- the person who was looked at, and goes with that key. What was written in plain until now is removed: it cannot be sealed here.
alter table audit_log add column purpose bytea;
update audit_log set detail = detail - 'purpose' where action = 'person.revealed';
