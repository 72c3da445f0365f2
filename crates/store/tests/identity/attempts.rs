//! Counts of failed sign-ins.

use store::sign_in_attempts::{
    Attempts, sign_in_attempts_index, sign_in_attempts_lock, sign_in_attempts_prune, sign_in_attempts_save,
};

use super::support::{at, at_once, each_database, write};

#[test]
fn failures_at_once_are_all_counted() {
    each_database(|store| {
        let index = sign_in_attempts_index(&store.keyring, "zhang");
        at_once(8, |_| {
            for _ in 0..10 {
                write(store, |connection| {
                    let mut attempts = sign_in_attempts_lock(connection, &index, at(0))?;
                    attempts.window_failures += 1;
                    sign_in_attempts_save(connection, &index, &attempts)
                });
            }
        });
        let attempts = write(store, |connection| sign_in_attempts_lock(connection, &index, at(0)));
        assert_eq!(attempts, Attempts { window_failures: 80, ..Attempts::none(at(0)) });
    });
}

#[test]
fn each_name_has_counts_of_its_own_that_are_forgotten_after_two_days() {
    each_database(|store| {
        let [zhang, li] = ["zhang", "li"].map(|name| sign_in_attempts_index(&store.keyring, name));
        let counted = Attempts { day_failures: 3, totp_failures: 2, ..Attempts::none(at(0)) };
        write(store, |connection| {
            sign_in_attempts_lock(connection, &zhang, at(0))?;
            sign_in_attempts_save(connection, &zhang, &counted)
        });
        let read = |index, seconds| write(store, |connection| sign_in_attempts_lock(connection, index, at(seconds)));
        assert_eq!(read(&zhang, 9), counted);
        assert_eq!(read(&li, 9), Attempts::none(at(9)));
        assert_eq!(write(store, |connection| sign_in_attempts_prune(connection, at(2 * 86_400))), 0);
        assert_eq!(write(store, |connection| sign_in_attempts_prune(connection, at(2 * 86_400 + 1))), 1);
        assert_eq!(read(&zhang, 9), Attempts::none(at(9)));
    });
}
