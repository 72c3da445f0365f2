//! golden-bell export, and import of what it wrote.

use std::io::Write as _;

use harness::program::{lines, run, start};
use tempfile::TempDir;

fn written(folder: &TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_list_goes_to_a_file_or_to_standard_output_and_comes_back() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let file = written(&here, "numbers.txt", "13800000001\n13800000002\n");
    lines(run(here.path(), &["import", "blacklist", &file, "--kind", "phone", "--source", "one"], b""));
    let output = run(here.path(), &["export", "blacklist", "--format", "ndjson"], b"");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let version = told.rsplit_once("2 entries up to version ").unwrap_or_else(|| panic!("{told}")).1.trim().to_owned();
    assert_eq!(lines(output).len(), 2);
    let file = written(&here, "more.txt", "13800000003\n");
    lines(run(here.path(), &["import", "blacklist", &file, "--kind", "phone", "--source", "one"], b""));
    let since = ["export", "blacklist", "--format", "ndjson", "--kind", "phone", "--since-version", &version];
    assert_eq!(lines(run(here.path(), &since, b"")).len(), 1);
    for (format, extension) in [("csv", "csv"), ("ndjson", "ndjson"), ("misp", "json")] {
        let path = here.path().join(format!("out.{extension}"));
        let path = path.to_str().unwrap();
        lines(run(here.path(), &["export", "blacklist", "--format", format, "--output", path], b""));
        let own = ["import", "blacklist", path, "--keep-sources", "--share", "100"];
        let printed = lines(run(there.path(), &own, b""));
        let expected = if format == "csv" { "added 3, already there 0" } else { "added 0, already there 3" };
        assert!(printed[0].contains(&format!("read 3, {expected}, held 0, refused 0")), "{printed:?}");
    }
    // Whose word it is has to be said, or whose file.
    let path = here.path().join("out.csv");
    let stranger = run(there.path(), &["import", "allowlist", path.to_str().unwrap(), "--source", "x"], b"");
    assert!(lines(stranger)[0].contains("refused 3"), "an export of one list is not taken for another");
    assert!(!run(there.path(), &["import", "blacklist", &file, "--kind", "phone"], b"").status.success());
    assert!(!run(there.path(), &["import", "blacklist", &file, "--source", "one"], b"").status.success());
}

/// The most memory a process has held, in KiB, as long as it runs.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn a_file_of_200_megabytes_is_not_held_in_memory() {
    let folder = TempDir::new().unwrap();
    for name in ["large.ndjson", "large.csv"] {
        let path = folder.path().join(name);
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        writeln!(file, "value,url").unwrap();
        let row = format!("{},x\n", "x".repeat(60_000));
        (0..200_000_000 / row.len()).for_each(|_| file.write_all(row.as_bytes()).unwrap());
        writeln!(file, "{}", if name.ends_with("csv") { "13800000001," } else { r#"{"value":"13800000001"}"# })
            .unwrap();
        file.flush().unwrap();
        drop(file);
        let arguments = ["import", "blacklist", path.to_str().unwrap(), "--kind", "phone", "--source", "one"];
        let mut child = start(folder.path(), &arguments);
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(peak(child.id()).unwrap_or(0));
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let printed = lines(child.wait_with_output().unwrap());
        assert!(printed[0].contains("refused 333"), "{printed:?}");
        assert!((1..120_000).contains(&most), "{name}: {most} KiB");
        std::fs::remove_file(path).unwrap();
    }
}
