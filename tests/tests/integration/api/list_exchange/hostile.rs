//! Files that mean harm or are merely broken.

use super::{misp::take, *};

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_accounted_for() {
    let service = TestService::start().await;
    let deep = format!("{{\"value\":\"13800000001\",\"x\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_value = format!("{{\"value\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let long = format!("{{\"value\":\"{}\"}}", "9".repeat(1 << 20));
    let lines = [
        r#"{"value":"13800000002"}"#,
        deep.as_str(),
        deep_value.as_str(),
        long.as_str(),
        r#"{"value":13800000003}"#,
        r#"{"value":"13800000004","value":"13800000005"}"#,
        r#"["13800000006"]"#,
        r#"{"value":"13800000007","kind":"fax"}"#,
        r#"{"value":"13800000008","severity":9}"#,
        r#"{"value":"13800000009","list":"allowlist"}"#,
        r#"{"value":""}"#,
        "{\"value\":\"138\u{0}\"}",
        "",
        "not json",
    ];
    let path = file(&service, "ndjson", &lines.join("\n"));
    let summary = service.import_with(ListKind::Blacklist, SubjectKind::Phone, path, |_| {}).await;
    assert_eq!((summary.read, summary.added, summary.refused), (13, 2, 11), "{summary:?}");
    let report = std::fs::read_to_string(summary.refused_file.unwrap()).unwrap();
    for words in ["4,,too_long", "5,", "bad_json", "10,13800000009,other_list", "12,,nul"] {
        assert!(report.contains(words), "{words} is missing in {report}");
    }
    assert!(report.len() < 10_000, "values are cut short");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_an_event_or_is_refused_whole() {
    let service = TestService::start().await;
    let deep = "[".repeat(100_000);
    for text in ["", "7", "\"x\"", "{", "{\"Event\":[1]}", "{\"Event\":{\"Attribute\":{}}}", deep.as_str()] {
        let path = file(&service, "json", text);
        let refused = service.try_import(ListKind::Blacklist, SubjectKind::Phone, path, |_| {}).await;
        assert_eq!(refused.unwrap_err().code.as_str(), "invalid_field", "{:.40}", text);
    }
    let unknown = format!("{{\"Event\":{{\"Galaxy\":{deep}{},\"Attribute\":[]}}}}", "]".repeat(100_000));
    assert_eq!(take(&service, &unknown, 100).await.read, 0, "what does not count is passed over");
    let attribute = format!("{{\"type\":\"url\",\"value\":\"evil.com/{}\"}}", "a".repeat(1 << 20));
    let events = format!(
        "{{\"Event\":{{\"Orgc\":{{\"name\":\"x\"}},\"Attribute\":[{attribute},{{\"type\":\"url\",\"value\":{deep}{}}},\
         {{\"type\":\"url\",\"type\":\"url\",\"value\":\"evil.com\"}},{{\"type\":\"url\",\"value\":\"evil.com\"}}]}}}}",
        "]".repeat(100_000)
    );
    let summary = take(&service, &events, 100).await;
    assert_eq!((summary.read, summary.refused), (4, 3), "{summary:?}");
    service.stop().await;
}
