//! golden-bell import responsibilities.

use harness::program::{lines, run};
use tempfile::TempDir;

#[test]
fn who_answers_for_what_is_imported_in_an_officers_name() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let tree = write("tree.csv", app::divisions::ZHOUKOU_2023);
    lines(run(folder.path(), &["import", "divisions", &tree, "--year", "2023"], b""));
    let units = write("units.csv", "name,kind,parent,divisions\n甲县中心,county_centre,,411602000000\n".as_bytes());
    lines(run(folder.path(), &["import", "units", &units], b""));
    for (name, role) in [("lead", "county_lead"), ("auditor", "auditor")] {
        lines(run(folder.path(), &["create", "officer", name, "--role", role, "--unit", "甲县中心"], b""));
    }
    let rows =
        "name,phone,post,division\n王小明,13800138000,村支书,411602001001\n李四,13800138001,村支书,411603100001\n";
    let file = write("rows.csv", rows.as_bytes());
    let import = |officer: &str, more: &[&str]| {
        let words = ["import", "responsibilities", &file, "--officer", officer];
        run(folder.path(), &[&words[..], more].concat(), b"")
    };

    let refused = import("auditor", &[]);
    assert!(!refused.status.success() && !import("nobody", &[]).status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("没有此项权限"));
    let dry = lines(import("lead", &["--dry-run"]));
    assert_eq!(dry[0], "responsibilities (dry run: nothing was changed): read 2, added 1, refused 1");
    let done = lines(import("lead", &[]));
    assert_eq!(done[0], "responsibilities: read 2, added 1, refused 1");
    let report = std::fs::read_to_string(done[1].strip_prefix("refused rows and why: ").unwrap()).unwrap();
    let row: Vec<&str> = report.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(row[..3], ["3", "", "unknown_division"], "what lies in another county does not exist");
    assert!(!report.contains("李四") && !report.contains("13800138001"));
    let again = lines(import("lead", &[]));
    assert_eq!(again[0], "responsibilities: read 2, added 0, refused 2");
}
