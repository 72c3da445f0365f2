mod checks;
mod health;
mod input;
mod list_changes;
mod lists;
mod outage;
mod sessions;
mod warnings;
