//! golden-bell create.

use harness::program::{lines, run};
use tempfile::TempDir;

#[test]
fn an_administrator_is_created_once_and_the_secrets_are_printed_once() {
    let folder = TempDir::new().unwrap();
    let printed = lines(run(folder.path(), &["create", "administrator", "admin"], b"")).join("\n");
    for word in ["user name: admin", "role: administrator", "password: ", "one-time-code secret: ", "otpauth://totp/"] {
        assert!(printed.contains(word), "{word} is missing in {printed}");
    }
    let again = run(folder.path(), &["create", "administrator", "admin"], b"");
    assert!(!again.status.success());
    assert!(!String::from_utf8_lossy(&again.stderr).contains("password"));
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("keys.toml");
    let arguments = ["create", "keys", file.to_str().unwrap()];
    lines(run(folder.path(), &arguments, b""));
    let before = std::fs::read(&file).unwrap();
    assert!(!run(folder.path(), &arguments, b"").status.success());
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn the_last_administrator_in_use_cannot_be_disabled() {
    let folder = TempDir::new().unwrap();
    let create = |name: &str| lines(run(folder.path(), &["create", "administrator", name], b""));
    let disable = |name: &str| run(folder.path(), &["disable", "officer", name], b"");
    create("first");
    let refused = disable("first");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("最后一名在用的管理员"), "{told}");
    create("second");
    assert!(lines(disable("first"))[0].starts_with("first is disabled"));
    assert!(!disable("second").status.success());
    assert!(!disable("first").status.success(), "nobody of this name is active");
}
