//! golden-bell sign.

use harness::program::{lines, run};
use tempfile::TempDir;

#[test]
fn the_known_answer_of_the_documentation_comes_out() {
    let folder = TempDir::new().unwrap();
    let arguments = [
        "sign",
        "--key-id",
        "k",
        "--secret",
        "example-secret",
        "--method",
        "POST",
        "--path",
        "/api/v1/upstream/contact-events?dry_run=true",
        "--timestamp",
        "1767225600",
        "--nonce",
        "5f2b9c0d-0001",
        "--body",
        "-",
    ];
    let printed = lines(run(folder.path(), &arguments, b"[]"));
    assert_eq!(
        printed,
        [
            "X-Key-Id: k",
            "X-Timestamp: 1767225600",
            "X-Nonce: 5f2b9c0d-0001",
            "X-Signature: 939e52811abea0b87be5bf96e638e45a3a57a99f76737140f1194580dc446b8d",
        ]
    );
}
