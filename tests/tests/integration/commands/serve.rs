//! golden-bell serve, as a process.

use std::time::Duration;

use harness::{
    Client,
    program::{Server, lines, run, until},
};
use serde_json::json;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_the_server_well_and_within_ten_seconds() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), &[]);
    Client::anonymous(&server.url).get("/health/ready").await.expect(200);
    let (took, well) = server.terminate();
    assert!(well);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_at_a_time_works_on_a_data_folder() {
    let folder = TempDir::new().unwrap();
    let _server = Server::start(folder.path(), &[]);
    let second = run(folder.path(), &["serve"], b"");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another server works on the data folder"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_sees_what_a_command_imports_and_keeps_it_after_a_kill() {
    let folder = TempDir::new().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    std::fs::write(folder.path().join("list.txt"), "13812345678\n").unwrap();
    let list = folder.path().join("list.txt");
    let import =
        ["import", "blacklist", list.to_str().unwrap(), "--kind", "phone", "--fraud-type", "T02", "--source", "x"];
    lines(run(folder.path(), &import, b""));
    let verdict = |url: String| async move {
        let check = json!({ "kind": "phone", "value": "13812345678" });
        Client::anonymous(&url).post("/api/v1/checks", check).await.expect(200).body["verdict"].clone()
    };
    let runtime = tokio::runtime::Handle::current();
    let url = server.url.clone();
    let seen = tokio::task::spawn_blocking(move || {
        until(Duration::from_secs(10), || (runtime.block_on(verdict(url.clone())) == "fraud").then_some(()))
    });
    seen.await.unwrap().expect("the change is effective");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let server = Server::start(folder.path(), &[]);
    assert_eq!(verdict(server.url.clone()).await, "fraud");
}

#[test]
fn production_refuses_providers_without_tls() {
    let folder = TempDir::new().unwrap();
    std::fs::write(
        folder.path().join("city.toml"),
        "environment = \"production\"\n[wechat]\naddress = \"http://127.0.0.1:1\"\n",
    )
    .unwrap();
    let file = folder.path().join("city.toml");
    let output = run(folder.path(), &["--config", file.to_str().unwrap(), "serve"], b"");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("https"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_unknown_setting_is_refused() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("city.toml"), "colour = \"red\"\n").unwrap();
    let file = folder.path().join("city.toml");
    let output = run(folder.path(), &["--config", file.to_str().unwrap(), "serve"], b"");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("colour"));
}
