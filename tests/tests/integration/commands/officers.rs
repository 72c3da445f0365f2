//! golden-bell import officers.

use std::os::unix::fs::PermissionsExt as _;

use harness::program::{lines, run};
use tempfile::TempDir;

#[test]
fn officers_are_imported_all_or_none_and_their_secrets_go_to_a_private_file() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let units = write("units.csv", "name,kind,parent,divisions\n一所,police_station,,\n");
    lines(run(folder.path(), &["import", "units", &units], b""));
    let head = "username,name,phone,role,unit\nli.lei,李雷,13800138000,community_officer,一所\n";
    let (wrong, good) = (write("wrong.csv", &format!("{head}han,,,nothing,\n")), write("good.csv", head));
    let secrets = folder.path().join("secrets.csv");
    let import = |file: &str, more: &[&str]| {
        let words = ["import", "officers", file, "--credentials", secrets.to_str().unwrap()];
        run(folder.path(), &[&words[..], more].concat(), b"")
    };

    let refused = import(&wrong, &[]);
    assert!(!refused.status.success() && !secrets.exists());
    assert!(String::from_utf8_lossy(&refused.stdout).contains("read 2, can be taken 1, created 0, refused 1"));
    let dry = lines(import(&good, &["--dry-run"]));
    assert!(dry[0].contains("can be taken 1, created 0") && !secrets.exists(), "{dry:?}");
    let printed = lines(import(&good, &[])).join("\n");
    assert!(printed.contains("created 1") && printed.contains("secrets.csv"), "{printed}");

    assert_eq!(std::fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o600);
    let told = std::fs::read_to_string(&secrets).unwrap();
    let row: Vec<&str> = told.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((row.len(), row[0]), (4, "li.lei"));
    assert!(!printed.contains(row[1]), "the password stands in the file alone");

    // What is there is never overwritten, and then nobody is imported.
    let other = write("other.csv", "username,name,phone,role,unit\nwang,,,auditor,\n");
    assert!(!import(&other, &[]).status.success());
    assert_eq!(std::fs::read_to_string(&secrets).unwrap(), told);
    std::fs::remove_file(&secrets).unwrap();
    assert!(lines(import(&other, &[])).join("\n").contains("created 1"));
}
