-- Which keys each live server uses (a fingerprint that tells nothing about them): an exchange of keys goes on when all use
-- the same.
alter table servers add column keys text collate "C" not null default '';
