//! How a change of the lists reaches the checks.

use domain::{ListKind, ListRule, MatchRule, SubjectKind, standing::DecayRules};
use harness::{Backend, TestService};
use serde_json::json;
use store::list_entries::{Delivery, NewEntry, list_entries_add};

async fn verdict(service: &TestService, value: &str) -> String {
    let reply =
        service.anonymous().post("/api/v1/checks", json!({ "kind": "phone", "value": value })).await.expect(200);
    reply.body["verdict"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_survive_a_restart_and_a_rebuilt_snapshot_loses_nothing() {
    let service = TestService::start_with(|config| config.lists.rebuild_after_changes = 3).await;
    service
        .import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n13800000002\n13800000003\n13800000004\n")
        .await;
    let lead = service.officer("city_lead", None).await;
    let status = lead.get("/api/v1/console/lists/status").await.expect(200).body;
    assert_eq!(status["overlay"], 0, "a snapshot was built: {status}");
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000005\n").await;
    assert_eq!(verdict(&service, "13800000001").await, "fraud");
    assert_eq!(verdict(&service, "13800000005").await, "fraud");
    let service = service.restart().await;
    for number in ["13800000001", "13800000004", "13800000005"] {
        assert_eq!(verdict(&service, number).await, "fraud", "{number}");
    }
    assert_eq!(verdict(&service, "13800000006").await, "unknown");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_effective_on_two_servers_over_one_database() {
    if Backend::current() == Backend::Sqlite {
        return;
    }
    let first = TestService::start().await;
    let second = first.second_server().await;
    first.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n").await;
    second.run_workers().await;
    assert_eq!(verdict(&first, "13800000001").await, "fraud");
    assert_eq!(verdict(&second, "13800000001").await, "fraud");
    second.stop().await;
    first.stop().await;
}

/// An entry to add through the store, as another process would.
fn entry(number: &str) -> NewEntry {
    let canonical = domain::Subject::parse(SubjectKind::Phone, number).unwrap().canonical().to_owned();
    let rule = ListRule { kind: SubjectKind::Phone, rule: MatchRule::Exact, canonical, host: None };
    NewEntry {
        list: ListKind::Blacklist,
        rule,
        fraud_type: Some("T02".to_owned()),
        severity: 2,
        source: "test".to_owned(),
        owner: None,
        first_seen: None,
        last_seen: None,
        held: false,
        confidence: None,
        seen_on: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_with_an_earlier_number_that_commits_late_is_not_passed_over() {
    let service = TestService::start().await;
    let now = service.clock.now();
    let (begun, wait_for_begin) = std::sync::mpsc::channel();
    let (let_commit, wait_to_commit) = std::sync::mpsc::channel::<()>();
    let slow_store = service.store();
    let slow = std::thread::spawn(move || {
        slow_store.db.write_blocking(|connection| {
            list_entries_add(connection, &[entry("13800000001")], &Delivery::trusted(&DecayRules::default(), now))?;
            begun.send(()).unwrap();
            wait_to_commit.recv().unwrap();
            Ok(())
        })
    });
    wait_for_begin.recv().unwrap();
    let quick_store = service.store();
    let quick = std::thread::spawn(move || {
        quick_store.db.write_blocking(|connection| {
            list_entries_add(connection, &[entry("13800000002")], &Delivery::trusted(&DecayRules::default(), now))
        })
    });
    service.follow_lists().await;
    assert_eq!(verdict(&service, "13800000001").await, "unknown", "not committed yet");
    let_commit.send(()).unwrap();
    slow.join().unwrap().unwrap();
    quick.join().unwrap().unwrap();
    service.follow_lists().await;
    assert_eq!(verdict(&service, "13800000001").await, "fraud");
    assert_eq!(verdict(&service, "13800000002").await, "fraud");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_under_load_fails_no_request_and_loses_no_change() {
    let service = std::sync::Arc::new(TestService::start_with(|config| config.lists.rebuild_after_changes = 50).await);
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n").await;
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let (service, stop) = (service.clone(), stop.clone());
            tokio::spawn(async move {
                let mut asked = 0_u32;
                while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                    assert_eq!(verdict(&service, "13800000001").await, "fraud");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let mut swaps = 0;
    for round in 0..10 {
        let before = service.app().lists.snapshot_version();
        let numbers: String = (0..60).map(|n| format!("139{round:04}{n:04}\n")).collect();
        service.import(ListKind::Blacklist, SubjectKind::Phone, &numbers).await;
        swaps += u32::from(service.app().lists.snapshot_version() > before);
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    for asker in askers {
        assert!(asker.await.unwrap() > 0, "nobody asked meanwhile");
    }
    assert!(swaps >= 9, "{swaps} swaps");
    for round in 0..10 {
        assert_eq!(verdict(&service, &format!("139{round:04}0059")).await, "fraud");
    }
    std::sync::Arc::into_inner(service).unwrap().stop().await;
}
