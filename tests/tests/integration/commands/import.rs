//! golden-bell import.

use std::fmt::Write as _;

use harness::{
    program::{lines, run, start, until},
    sample_dir,
};
use tempfile::TempDir;

fn import<'a>(file: &'a str, kind: &'a str) -> Vec<&'a str> {
    vec!["import", "blacklist", file, "--kind", kind, "--fraud-type", "T02", "--source", "test"]
}

#[test]
fn every_format_of_file_is_read() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let csv = write(
        "a.csv",
        "name,url,severity,first_seen\n甲,http://a.example/x,3,2026-01-31\n乙,b.example,高,\n丙,c.example,huge,\n"
            .as_bytes(),
    );
    let tsv = write("b.tsv", b"domain\tdate\nd.example\t2024-09-01\n");
    let txt = write("c.txt", b"\xEF\xBB\xBF*.e.example\n.f.example\n# a comment\n\n\xFF\xFE\n");
    let gz = {
        let path = folder.path().join("d.txt.gz");
        let packed = std::process::Command::new("gzip")
            .arg("-c")
            .stdin(std::process::Stdio::piped())
            .stdout(std::fs::File::create(&path).unwrap())
            .spawn();
        let mut packed = packed.expect("gzip runs");
        std::io::Write::write_all(&mut packed.stdin.take().unwrap(), b"g.example\nh.example/a/b/*\n").unwrap();
        assert!(packed.wait().unwrap().success());
        path.to_str().unwrap().to_owned()
    };
    for (file, expected) in [
        (csv, "read 3, added 2, already there 0, held 0, refused 1"),
        (tsv, "read 1, added 1, already there 0, held 0, refused 0"),
        (txt, "read 3, added 2, already there 0, held 0, refused 1"),
        (gz, "read 2, added 2, already there 0, held 0, refused 0"),
    ] {
        let printed = lines(run(folder.path(), &import(&file, "link"), b""));
        assert!(printed[0].ends_with(expected), "{printed:?}");
    }
}

#[test]
fn a_killed_import_is_simply_run_again() {
    let folder = TempDir::new().unwrap();
    let mut numbers = String::new();
    for n in 0..60_000 {
        writeln!(numbers, "138{n:08}").unwrap();
    }
    let file = folder.path().join("numbers.txt");
    std::fs::write(&file, numbers).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let mut child = start(folder.path(), &import(&file, "phone"));
    let address = store::Address::Sqlite(folder.path().join("golden-bell.sqlite"));
    let begun = until(std::time::Duration::from_secs(30), || {
        let lists = store::change_counters::Counter::Lists;
        let db = store::Db::new(address.clone(), 1);
        let given = db.run_blocking(|connection| store::change_counters::current(connection, lists));
        // More than the built-in allowlist: the first batch is committed.
        given.ok().filter(|number| *number > 4_000).map(|_| ())
    });
    begun.expect("the import writes");
    child.kill().unwrap();
    child.wait().unwrap();

    let printed = lines(run(folder.path(), &import(&file, "phone"), b""));
    let number = |word: &str| {
        let (_, rest) = printed[0].split_once(word).unwrap();
        rest.trim().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(number("read"), 60_000);
    assert_eq!(number("added") + number("already there"), 60_000);
    assert!(number("already there") > 0, "nothing was committed before the kill: {printed:?}");
    let again = lines(run(folder.path(), &import(&file, "phone"), b""));
    assert!(again[0].contains("added 0, already there 60000"), "{again:?}");
}

#[test]
fn real_lists_are_taken_in_and_every_row_is_accounted_for() {
    let Some(samples) = sample_dir() else { return };
    let folder = TempDir::new().unwrap();
    let benign = samples.join("lists/benign/misp_bank_website.txt");
    let guard = ["import", "guardlist", benign.to_str().unwrap(), "--kind", "link", "--source", "banks"];
    lines(run(folder.path(), &guard, b""));
    for (file, kind) in [
        ("lists/scam/taiwan165_reported_raw.tsv", "link"),
        ("lists/phone/spam_tw_gov165.tsv", "phone"),
        ("lists/scam/phishing_database_invalid_entries.txt", "link"),
    ] {
        let path = samples.join(file);
        let printed = lines(run(folder.path(), &import(path.to_str().unwrap(), kind), b""));
        let numbers: Vec<u64> = printed[0]
            .rsplit_once(": ")
            .unwrap()
            .1
            .split(", ")
            .map(|part| part.rsplit_once(' ').unwrap().1.parse().unwrap())
            .collect();
        let [read, added, there, held, refused] = numbers[..] else { panic!("{printed:?}") };
        assert_eq!(read, added + there + held + refused, "{printed:?}");
        assert!(read > 0);
    }
}
