//! golden-bell check.

use harness::{
    Installation,
    program::{lines, run},
};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_private_check_prints_what_the_ordinary_one_prints() {
    let installation = Installation::new();
    let list = installation.folder.path().join("list.csv");
    std::fs::write(&list, "number,severity,first_seen,last_seen\n13812345678,3,2026-01-02,2026-11-03\n17012*,,,\n")
        .unwrap();
    let list = list.to_string_lossy().into_owned();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T04", "--source", "x"]);
    let server = installation.server();
    let resident = Installation::resident(&server.url, "zhang").await;
    let token = resident.access_token.unwrap();
    let private = ["check", "--private", &server.url, "--token", &token, "--kind", "phone"];
    for number in ["138-1234-5678", "17012345678", "13900000000", "96110", "+0096110", "没有数字"] {
        let ordinary = installation.command(&["check", "--kind", "phone", number]);
        assert_eq!(installation.command(&[&private[..], &[number]].concat()), ordinary, "{number}");
        assert_eq!(ordinary.len(), 1);
    }
    let listed = installation.command(&[&private[..], &["13812345678"]].concat());
    let listed: Value = serde_json::from_str(&listed[0]).unwrap();
    assert_eq!(listed["subjects"][0]["last_seen"], "2026-11-03");
    assert_eq!(listed["subjects"][0]["number"]["carrier"], "中国移动");
    let refused = installation.refused(&["check", "--private", &server.url, "--token", "x", "--kind", "phone", "110"]);
    assert!(refused.contains("401") && refused.contains("登录"), "{refused}");
    let refused =
        installation.refused(&["check", "--private", &server.url, "--token", &token, "--kind", "link", "a.example"]);
    assert!(refused.contains("only phone and bank_account"), "{refused}");
    server.terminate();
}
