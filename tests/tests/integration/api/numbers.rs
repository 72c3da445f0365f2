//! What the check says of a number by itself.

use std::fmt::Write as _;

use harness::TestService;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_number_says_what_it_is_without_a_verdict_of_its_own() {
    let service = TestService::start().await;
    let mut told = String::new();
    for number in [
        "13839412345",
        "19912345678",
        "17091234567",
        "17400123456",
        "14812345678",
        "0394-8123456",
        "400-810-9889",
        "95123",
        "968765",
        "10086",
        "106980012345",
        "+1 202 555 0100",
        "+95 1 234 567",
        "+852 2122 1188",
        "15412345678",
        "+0013800138000",
        "8123456",
        "**21*13800138000#",
    ] {
        let question = json!({ "kind": "phone", "value": number });
        let reply = service.anonymous().post("/api/v1/checks", question).await.expect(200).body;
        let subject = &reply["subjects"][0];
        assert!(["unknown", "official"].contains(&reply["verdict"].as_str().unwrap()), "{number}: {reply}");
        assert_eq!(reply["reasons"], subject["reasons"]);
        let sentence = subject["reasons"].as_array().unwrap().last().unwrap().as_str().unwrap();
        writeln!(told, "{number}\n  {}\n  {sentence}", subject["number"]).unwrap();
    }
    insta::assert_snapshot!("numbers", told);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_of_a_text_says_what_it_is() {
    let service = TestService::start().await;
    let text = json!({ "text": "请回电13839412345或+95 1 234 567，链接https://unlisted.example/a" });
    let reply = service.anonymous().post("/api/v1/checks", text).await.expect(200).body;
    let classes: Vec<_> =
        reply["subjects"].as_array().unwrap().iter().map(|one| one["number"]["class"].as_str()).collect();
    assert_eq!(classes, [Some("mobile"), Some("overseas"), None], "{reply}");
    assert_eq!(reply["reasons"].as_array().unwrap().len(), 1, "where nothing was found the text needs no context");
    service.stop().await;
}
