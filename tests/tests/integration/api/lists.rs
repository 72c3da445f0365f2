//! Importing lists, and what the console sees of them.

use domain::{ListKind, SubjectKind};
use harness::TestService;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_idempotent_and_adds_up() {
    let service = TestService::start().await;
    let lines =
        "evil.example\nhttp://evil.example/page\nevil.example\n/only/a/path\ngov.cn\nwords www.bad.example/x around\n";
    let first = service.import(ListKind::Blacklist, SubjectKind::Link, lines).await;
    assert_eq!((first.read, first.added, first.already_there, first.held, first.refused), (6, 3, 1, 1, 1));
    let again = service.import(ListKind::Blacklist, SubjectKind::Link, lines).await;
    assert_eq!((again.read, again.added, again.already_there, again.held, again.refused), (6, 0, 5, 0, 1));
    let refused = std::fs::read_to_string(first.refused_file.expect("a file of refused rows")).unwrap();
    assert!(refused.contains("/only/a/path"), "{refused}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guard_list_holds_is_stored_but_gives_no_verdict() {
    let service = TestService::start().await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "well-known.example\n").await;
    let summary = service
        .import(
            ListKind::Blacklist,
            SubjectKind::Link,
            "http://www.well-known.example/a\nwell-known.example\nbad.example\n",
        )
        .await;
    assert_eq!((summary.added, summary.held), (1, 2));
    let reply =
        service.anonymous().post("/api/v1/checks", json!({ "kind": "link", "value": "well-known.example" })).await;
    assert_eq!(reply.expect(200).body["verdict"], "unknown");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_centre_settles_a_conflict() {
    let service = TestService::start().await;
    service.import(ListKind::Allowlist, SubjectKind::Link, "tie.example\n").await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "tie.example\nother.example\n").await;
    let lead = service.officer("city_lead", None).await;
    let open = lead.get("/api/v1/console/lists/conflicts").await.expect(200).body;
    assert_eq!(open["items"].as_array().unwrap().len(), 1);
    assert_eq!(open["items"][0]["canonical"], "tie.example/");
    let id = open["items"][0]["id"].as_str().unwrap();
    let settle = format!("/api/v1/console/lists/conflicts/{id}/settlement");

    let editor = service.officer("list_editor", None).await;
    editor.put(&settle, json!({ "keep": "blacklist" })).await.expect_problem(403, "forbidden");
    lead.put(&settle, json!({ "keep": "both" })).await.expect_problem(422, "invalid_field");
    for _ in 0..2 {
        let reply = lead.put(&settle, json!({ "keep": "blacklist" })).await.expect(200).body;
        assert_eq!(reply, json!({ "kept": "blacklist", "settled": false }), "nobody settles it alone");
    }
    let approver = service.officer("list_approver", None).await;
    let reply = approver.put(&settle, json!({ "keep": "blacklist" })).await.expect(200).body;
    assert_eq!(reply["settled"], true);
    lead.put(&settle, json!({ "keep": "allowlist" })).await.expect_problem(409, "conflict");
    service.run_workers().await;
    let reply = lead.post("/api/v1/checks", json!({ "kind": "link", "value": "tie.example" })).await.expect(200);
    assert_eq!(reply.body["verdict"], "fraud", "the allowlist entry was withdrawn");
    let open = lead.get("/api/v1/console/lists/conflicts").await.expect(200).body;
    assert_eq!(open["items"].as_array().unwrap().len(), 0);
    service.stop().await;
}
