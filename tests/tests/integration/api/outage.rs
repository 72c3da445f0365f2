//! The database goes away and comes back.

use domain::{ListKind, SubjectKind};
use harness::{Backend, TestService};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn checks_go_on_without_the_database_and_writes_say_when_to_try_again() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let (service, proxy) = TestService::start_behind_proxy().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    let zhang = service.resident("zhang").await;
    let check = json!({ "kind": "phone", "value": "13812345678" });

    for _ in 0..2 {
        proxy.cut();
        let reply = zhang.post("/api/v1/checks", check.clone()).await.expect(200).body;
        assert_eq!(reply["verdict"], "fraud");
        assert_eq!(reply["warning_saved"], false, "the warning could not be committed, and the reply says so");
        service.anonymous().post("/api/v1/checks", check.clone()).await.expect(200);
        for refused in [
            zhang.get("/api/v1/warnings").await,
            service.anonymous().post("/api/v1/sessions", json!({ "code": "demo-li" })).await,
            zhang.delete("/api/v1/sessions").await,
        ] {
            let refused = refused.expect_problem(503, "unavailable");
            assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
        }
        service.anonymous().get("/health/ready").await.expect(200);

        proxy.restore();
        let reply = zhang.post("/api/v1/checks", check.clone()).await.expect(200).body;
        assert_eq!(reply["verdict"], "fraud");
        zhang.get("/api/v1/warnings").await.expect(200);
    }
    let reply = zhang.post("/api/v1/checks", check).await.expect(200).body;
    assert_eq!(reply["warning_saved"], true, "it recovers by itself");
    service.run_workers().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_database_and_the_last_snapshot_answers() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let (service, proxy) = TestService::start_behind_proxy().await;
    // The development keys lie in the database: a city names a key file, and so does this test.
    let keys = service.data_dir().join("keys.toml");
    std::fs::write(&keys, &*service.app().store.keyring.to_toml()).unwrap();
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    let folder = service.data_dir().join(app::lists::SNAPSHOT_FOLDER);
    let (store, lists) = (service.store(), service.app().lists.clone());
    tokio::task::spawn_blocking(move || app::lists::rebuild(&store, &lists, &folder)).await.unwrap().unwrap();

    proxy.cut();
    let service = service.restart().await;
    let check = json!({ "kind": "phone", "value": "13812345678" });
    let reply = service.anonymous().post("/api/v1/checks", check).await.expect(200).body;
    assert_eq!(reply["verdict"], "fraud");
    let refused = service.anonymous().post("/api/v1/sessions", json!({ "code": "demo-li" })).await;
    refused.expect_problem(503, "unavailable");

    proxy.restore();
    service.run_workers().await;
    service.resident("li").await.get("/api/v1/warnings").await.expect(200);
    service.stop().await;
}
