//! Events as the field exchanges them.

use super::*;

/// Made up, in the shape that MISP exports.
pub(super) const EVENT: &str = r#"{"Event":{"id":"1","orgc_id":"2","info":"OSINT - fake shops","date":"2026-11-20","published":true,
"Orgc":{"id":"2","name":"CERT.example","uuid":"5c1b1a2e-0000-4000-8000-000000000001"},
"Attribute":[
 {"type":"url","category":"Network activity","value":"http://shop.evil.com/pay?x=1","to_ids":true,"timestamp":"1795737600",
  "Tag":[{"name":"golden-bell:fraud-type=\"T04\""},{"name":"golden-bell:severity=\"3\""},{"name":"misp:confidence-level=\"completely-confident\""}]},
 {"type":"domain","category":"Network activity","value":"Evil.com","to_ids":"1","timestamp":1795737600,"comment":"landing page"},
 {"type":"hostname|port","category":"Network activity","value":"pay.evil.net|8443","to_ids":true},
 {"type":"domain|ip","category":"Network activity","value":"evil.org|192.0.2.1","to_ids":true},
 {"type":"ip-dst","category":"Network activity","value":"192.0.2.7","to_ids":true},
 {"type":"ip-src|port","category":"Network activity","value":"192.0.2.8|443","to_ids":true},
 {"type":"ip-dst","category":"Network activity","value":"2001:db8::1","to_ids":true},
 {"type":"ip-dst","category":"Network activity","value":"192.0.2.0/24","to_ids":true},
 {"type":"phone-number","category":"Financial fraud","value":"+86 138 0000 0001","to_ids":true,"first_seen":"2026-11-01T10:00:00.000000+00:00"},
 {"type":"phone-number","category":"Financial fraud","value":"+8617012*","to_ids":true,"Tag":[{"name":"golden-bell:rule=\"number_prefix\""}]},
 {"type":"bank-account-nr","category":"Financial fraud","value":"6222021234567890128","to_ids":true},
 {"type":"iban","category":"Financial fraud","value":"DE89370400440532013000","to_ids":true},
 {"type":"mobile-application-id","category":"Payload delivery","value":"com.evil.app","to_ids":true},
 {"type":"text","category":"Other","value":"wxid_abc12345","to_ids":true,"Tag":[{"name":"golden-bell:kind=\"wechat_id\""}]},
 {"type":"text","category":"Other","value":"some words","to_ids":true},
 {"type":"md5","category":"Payload delivery","value":"d41d8cd98f00b204e9800998ecf8427e","to_ids":true},
 {"type":"url","category":"External analysis","value":"https://news.example.org/article","to_ids":false},
 {"type":"domain","category":"Network activity","value":"gone.com","to_ids":true,"deleted":true},
 {"type":"domain","value":7,"to_ids":true},
 "nonsense"],
"Object":[{"name":"url","Attribute":[{"type":"url","category":"Network activity","value":"inside.evil.net/a","to_ids":true}]}],
"Tag":[{"name":"tlp:green"},{"name":"misp:confidence-level=\"fairly-confident\""}]}}"#;

pub(super) async fn take(service: &TestService, text: &str, share: u8) -> app::lists::ImportSummary {
    let path = file(service, "json", text);
    let taken = service.import_with(ListKind::Blacklist, SubjectKind::Phone, path, |options| {
        options.defaults.source = String::new();
        (options.any_kind, options.share) = (true, share);
    });
    taken.await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_taken_attribute_by_attribute() {
    let service = TestService::start().await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "evil.org\n").await;
    let summary = take(&service, EVENT, 100).await;
    let counts = (summary.read, summary.added, summary.already_there, summary.held, summary.refused, summary.skipped);
    // Refused: a range, letters in an account, words, a hash, a wrong type, nonsense. Held: what the guard list has.
    assert_eq!(counts, (21, 12, 0, 1, 6, 2), "{summary:?}");
    let report = std::fs::read_to_string(summary.refused_file.unwrap()).unwrap();
    for words in [
        "8,192.0.2.0/24,misp_ip_range",
        "12,DE89",
        "16,d41d8cd98f00b204e9800998ecf8427e,misp_type_unknown",
        "20,",
        "misp_bad_attribute",
    ] {
        assert!(report.contains(words), "{words} is missing in {report}");
    }
    for (kind, value) in [
        ("link", "shop.evil.com/pay?x=1"),
        ("link", "www.evil.com"),
        ("link", "pay.evil.net"),
        ("link", "192.0.2.7/a"),
        ("link", "192.0.2.8"),
        ("link", "[2001:db8::1]"),
        ("link", "inside.evil.net/a"),
        ("phone", "13800000001"),
        ("phone", "17012345678"),
        ("bank_account", "6222021234567890128"),
        ("wechat_id", "wxid_abc12345"),
        ("app", "com.evil.app"),
    ] {
        assert_eq!(verdict(&service, kind, value).await, "fraud", "{kind} {value}");
    }
    assert_eq!(verdict(&service, "link", "evil.org").await, "unknown");
    let lead = service.officer("city_lead", None).await;
    let page = lead.get(&format!("{ENTRIES}?kind=link&value=shop.evil.com%2Fpay%3Fx%3D1")).await.expect(200).body;
    let page = page["items"].as_array().unwrap().iter().find(|item| item["rule"] == "exact").unwrap().clone();
    assert_eq!((&page["fraud_type"], &page["severity"]), (&json!("T04"), &json!(3)));
    let claims = lead.get(&format!("{ENTRIES}/{}", page["id"].as_str().unwrap())).await.expect(200).body;
    assert_eq!(
        (&claims["claims"][0]["source"], &claims["claims"][0]["confidence"]),
        (&json!("CERT.example"), &json!(100))
    );
    let phone = lead.get(&format!("{ENTRIES}?kind=phone&value=13800000001")).await.expect(200).body;
    let story = lead.get(&format!("{ENTRIES}/{}", phone["items"][0]["id"].as_str().unwrap())).await.expect(200).body;
    assert_eq!((&story["claims"][0]["confidence"], &story["claims"][0]["seen_on"]), (&json!(50), &json!("2026-11-01")));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_may_stand_alone_in_a_list_or_in_a_reply() {
    let service = TestService::start().await;
    let inner = EVENT.strip_prefix("{\"Event\":").unwrap().strip_suffix('}').unwrap();
    for text in [format!("{{\"response\":[{EVENT}]}}"), format!("[{EVENT}]"), format!(" [{inner}]"), inner.to_owned()] {
        assert_eq!(take(&service, &text, 100).await.read, 21);
    }
    let twice = take(&service, &format!("[{EVENT},{EVENT}]"), 100).await;
    assert_eq!((twice.read, twice.added, twice.already_there), (42, 0, 26), "{twice:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_organisation_is_on_probation_and_borrows_nobodys_trust() {
    let service = TestService::start().await;
    import_named(&service, "trusted", SubjectKind::Phone, "value\n13800000009\n").await;
    let event = |organisation: &str, list: &str| {
        json!({ "Event": { "Orgc": { "name": organisation }, "Tag": [{ "name": format!("golden-bell:list=\"{list}\"") }],
            "Attribute": [{ "type": "phone-number", "value": "13800000001", "to_ids": true,
                "Tag": [{ "name": "golden-bell:claim=\"100@2999-01-01 trusted\"" }],
                "Sighting": [{ "type": "0", "source": "trusted", "date_sighting": "1795737600" }] }] } })
        .to_string()
    };
    let summary = take(&service, &event("stranger", "blacklist"), 0).await;
    assert_eq!((summary.read, summary.added, summary.held), (1, 0, 1), "{summary:?}");
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    let lead = service.officer("city_lead", None).await;
    let entry = lead.get(&format!("{ENTRIES}?kind=phone&value=13800000001")).await.expect(200).body;
    let story = lead.get(&format!("{ENTRIES}/{}", entry["items"][0]["id"].as_str().unwrap())).await.expect(200).body;
    assert_eq!(story["claims"].as_array().unwrap().len(), 1);
    assert_eq!((&story["claims"][0]["source"], &story["claims"][0]["share"]), (&json!("stranger"), &json!(0)));
    assert_eq!(story["claims"][0]["seen_on"], "2026-11-24", "nobody has seen anything tomorrow");
    for (organisation, list) in
        [("manual", "blacklist"), ("upstream:carrier", "blacklist"), ("", "blacklist"), ("x", "allowlist")]
    {
        assert_eq!(take(&service, &event(organisation, list), 100).await.refused, 1, "{organisation} {list}");
    }
    service.stop().await;
}
