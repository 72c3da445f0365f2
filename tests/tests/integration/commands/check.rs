//! golden-bell check.

use harness::program::{lines, run};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn lines_become_replies_on_a_new_data_folder() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("list.txt"), "evil.example\n13812345678\n").unwrap();
    let list = folder.path().join("list.txt");
    let import =
        ["import", "blacklist", list.to_str().unwrap(), "--kind", "link", "--fraud-type", "T04", "--source", "x"];
    let summary = lines(run(folder.path(), &import, b""));
    assert!(summary[0].contains("read 2, added 1, already there 0, held 0, refused 1"), "{summary:?}");

    let input = "http://www.evil.example/a\n96110\n你好，今天几点吃饭？\n我是evil.example的客服\n\n13900000000\n";
    let replies: Vec<Value> = lines(run(folder.path(), &["check"], input.as_bytes()))
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let verdicts: Vec<&str> = replies.iter().map(|reply| reply["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["fraud", "official", "unknown", "fraud", "unknown"]);
    assert_eq!(replies[0]["fraud_type"], "T04");
    assert_eq!(replies[0]["subjects"][0]["span"], Value::Null, "the line is the subject");
    assert!(replies[3]["subjects"][0]["span"].is_array(), "the line is a text");
}

#[test]
fn a_stated_kind_holds_for_every_line_and_a_bad_line_is_an_error_in_its_place() {
    let folder = TempDir::new().unwrap();
    let replies = lines(run(folder.path(), &["check", "--kind", "phone"], "abc\n13900000000\n\u{0}\n".as_bytes()));
    assert_eq!(replies.len(), 3);
    let first: Value = serde_json::from_str(&replies[0]).unwrap();
    assert_eq!(first["error"]["code"], "invalid_field");
    let second: Value = serde_json::from_str(&replies[1]).unwrap();
    assert_eq!(second["verdict"], "unknown");
}
