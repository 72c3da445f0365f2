//! Registrations and kills: one registration, one count, whatever was lost on the way.

use std::time::Duration;

use harness::{
    Client,
    program::{Server, lines, run},
};
use rand::RngExt as _;
use serde_json::json;
use tempfile::TempDir;

/// Registrations that are cut off; each costs a start of the server.
const KILLS: usize = 12;

fn village(n: usize) -> &'static str {
    ["411602001001", "411602001002", "411602001003"][n % 3]
}

async fn signed_in(url: &str, name: &str) -> Client {
    let client = Client::anonymous(url);
    let session = client.post("/api/v1/sessions", json!({ "code": format!("demo-{name}") })).await.expect(200);
    client.with_tokens(&session.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_leaves_one_registration_and_one_count() {
    let folder = TempDir::new().unwrap();
    let wechat = sandbox::start("127.0.0.1:0").unwrap();
    let account = sandbox::Settings::default();
    let variables = [
        ("GOLDEN_BELL_WECHAT__ADDRESS", wechat.url()),
        ("GOLDEN_BELL_WECHAT__APP_ID", account.app_id),
        ("GOLDEN_BELL_WECHAT__APP_SECRET", account.secret),
    ];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let tree = folder.path().join("tree.csv");
    std::fs::write(&tree, app::divisions::ZHOUKOU_2023).unwrap();
    lines(run(folder.path(), &["import", "divisions", tree.to_str().unwrap(), "--year", "2023"], b""));
    let mut server = Server::start(folder.path(), &variables);
    for n in 0..KILLS {
        let client = signed_in(&server.url, &format!("killed-{n}")).await;
        let phone = json!({ "wechat_code": format!("phone-1380013{n:04}-{n}") });
        client.put("/api/v1/me/phone", phone).await.expect(200);
        let body = json!({ "division": village(n), "consents": [{ "purpose": "warnings", "version": "2026-11" }] });
        let (sent, said) = (client.clone(), body.clone());
        let cut_off = tokio::spawn(async move { sent.try_post("/api/v1/registrations", said).await });
        tokio::time::sleep(Duration::from_micros(rand::rng().random_range(0..30_000))).await;
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        let _ = cut_off.await.unwrap();
        server = Server::start(folder.path(), &variables);
        let again = signed_in(&server.url, &format!("killed-{n}")).await;
        let me = again.post("/api/v1/registrations", body).await.expect(200).body;
        assert_eq!(me["protected"], true, "{me}");
    }
    let recount = lines(run(folder.path(), &["recount", "population"], b""));
    assert_eq!(recount, ["differences: 0"]);
    let db = store::Db::new(store::Address::Sqlite(folder.path().join("golden-bell.sqlite")), 1);
    let counts = db.run_blocking(|connection| store::population::population_counts_since(connection, None)).unwrap();
    let protected: i64 = counts.iter().filter(|(_, metric, _)| metric == "protected").map(|(_, _, count)| count).sum();
    assert_eq!(protected, i64::try_from(KILLS).unwrap());
}
