//! A server that only answers still follows what the others do.

use std::time::Duration;

use harness::{Backend, Client, Installation};
use reqwest::Method;
use serde_json::json;

/// Asks until a reply is as wanted.
async fn until_replied(client: &Client, call: (Method, &str, Option<serde_json::Value>), wanted: (u16, &str, &str)) {
    let (method, path, body) = call;
    let (status, field, value) = wanted;
    for _ in 0..400 {
        let body = body.as_ref().map(|body| ("application/json", body.to_string().into_bytes()));
        let reply = client.send(method.clone(), path, body).await;
        if reply.status == status && (field.is_empty() || reply.body[field] == value) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{path} never answered {status} with {field} = {value}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_worker_role_follows_lists_the_tree_revocations_and_keys() {
    let installation = Installation::new();
    let only_answers = [("GOLDEN_BELL_ROLES__WORKER", "false")];
    let server = installation.server_with(&only_answers);
    let anonymous = Client::anonymous(&server.url);

    let list = installation.folder.path().join("list.txt");
    std::fs::write(&list, "13812345678\n").unwrap();
    let list = list.to_string_lossy();
    installation.command(&["import", "blacklist", &list, "--kind", "phone", "--fraud-type", "T02", "--source", "x"]);
    let check = json!({ "kind": "phone", "value": "13812345678" });
    until_replied(&anonymous, (Method::POST, "/api/v1/checks", Some(check)), (200, "verdict", "fraud")).await;

    let tree = installation.folder.path().join("tree.csv");
    std::fs::write(&tree, app::divisions::ZHOUKOU_2023).unwrap();
    installation.command(&["import", "divisions", &tree.to_string_lossy(), "--year", "2023"]);
    let call = (Method::GET, "/api/v1/divisions/411602000000", None);
    let resident = Installation::resident(&server.url, "zhang").await;
    until_replied(&resident, call, (200, "name", "川汇区")).await;

    let printed = installation.command(&["keys", "rotate"]).join("\n");
    assert!(printed.contains("1 of 1 live servers"), "{printed}");
    installation.command(&["keys", "finish", "--yes"]);
    resident.get("/api/v1/me").await.expect(200);

    // SQLite has one server.
    if Backend::current() == Backend::Postgres {
        let other = installation.server_with(&only_answers);
        let elsewhere = Installation::resident(&other.url, "zhang").await;
        resident.delete("/api/v1/sessions").await;
        until_replied(&elsewhere, (Method::GET, "/api/v1/warnings", None), (401, "code", "unauthenticated")).await;
    }
}
