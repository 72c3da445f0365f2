//! The key file on disk.

use std::{fs, sync::Barrier, thread};

use super::*;

#[test]
fn a_created_file_loads_as_the_same_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    let made = Keyring::create(&path).unwrap();
    assert_eq!(Keyring::load(&path).unwrap().fingerprint(), made.fingerprint());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays behind");
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(Keyring::create(&path), Err(KeyringError::Exists)));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn of_many_who_create_at_once_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    let start = Barrier::new(8);
    let made: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    Keyring::create(&path)
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect()
    });
    assert_eq!(made.len(), 1);
    assert_eq!(Keyring::load(&path).unwrap().fingerprint(), made[0].fingerprint());
}

#[test]
fn a_replaced_file_holds_the_rotated_keyring() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    let rotated = Keyring::create(&path).unwrap().rotate_master();
    rotated.replace(&path).unwrap();
    assert_eq!(Keyring::load(&path).unwrap().fingerprint(), rotated.fingerprint());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_missing_file_and_a_missing_folder_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Keyring::load(&folder.path().join("none")), Err(KeyringError::File(_))));
    assert!(matches!(Keyring::create(&folder.path().join("none/keys.toml")), Err(KeyringError::File(_))));
    let keyring = Keyring::random(Suite::Aes256Gcm);
    assert!(matches!(keyring.replace(&folder.path().join("none")), Err(KeyringError::File(_))));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn the_file_is_closed_to_others_and_refused_when_it_is_not() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    Keyring::create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    for (mode, accepted) in
        [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o660, false), (0o602, false)]
    {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let loaded = Keyring::load(&path);
        assert_eq!(loaded.is_ok(), accepted, "{mode:o}");
        assert!(accepted || matches!(loaded, Err(KeyringError::OpenToAll)));
    }
}
