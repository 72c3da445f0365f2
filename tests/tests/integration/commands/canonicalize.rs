//! golden-bell canonicalize.

use harness::program::{lines, run};
use tempfile::TempDir;

fn answers(arguments: &[&str], input: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    lines(run(folder.path(), &[&["canonicalize"], arguments].concat(), input.as_bytes()))
}

#[test]
fn one_line_in_is_one_line_out() {
    let answers = answers(&["phone"], "+86 138-0013-8000\n1065911468\n010 65911468\n6700\n\n没有\n95588\n");
    assert_eq!(answers.len(), 7);
    assert_eq!(answers[..4], ["+8613800138000", "cn:1065911468", "+861065911468", "raw:6700"]);
    assert!(answers[4].starts_with("! ") && answers[5].starts_with("! phone_"), "{answers:?}");
    assert_eq!(answers[6], "cn:95588");
}

#[test]
fn escapes_are_read_and_written() {
    let answers =
        answers(&["link", "--escaped"], "http://www.google.com/foo\\tbar\\rbaz\\n2\nhttp://\\u{1}\\x80.com/\n");
    assert_eq!(answers, ["www.google.com/foobarbaz2", "%01%80.com/"]);
}

#[test]
fn expressions_are_a_json_array() {
    let answers = answers(&["link", "--expressions"], "http://a.b.c/1/2.html?param=1/2\n");
    let expressions: Vec<String> = serde_json::from_str(&answers[0]).unwrap();
    assert_eq!(expressions[0], "a.b.c/1/2.html?param=1/2");
    assert_eq!(expressions.len(), 8);
}

#[test]
fn the_canonical_form_of_a_canonical_form_is_itself_for_every_kind() {
    for (kind, value, canonical) in [
        ("bank_account", "6222 0202 0000 0000 009", None),
        ("payment_account", " Zhang@Example.COM ", Some("zhang@example.com")),
        ("wechat_id", "WeiXin_123", Some("weixin_123")),
        ("qq_id", "QQ：10001", Some("10001")),
        ("app", "com.example.app", Some("com.example.app")),
    ] {
        let once = answers(&[kind], &format!("{value}\n"));
        if let Some(canonical) = canonical {
            assert_eq!(once, [canonical], "{kind}");
            assert_eq!(answers(&[kind], &format!("{canonical}\n")), once, "{kind}");
        }
    }
}

#[test]
fn a_kind_that_is_none_is_named() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["canonicalize", "fax"], b"");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("fax is no kind of subject"));
}
