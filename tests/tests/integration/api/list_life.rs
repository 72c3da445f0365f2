//! The life of list entries: two officers decide, sources speak and take back, age ends what nobody says any more.

use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{Client, TestService};
use serde_json::{Value, json};

const ENTRIES: &str = "/api/v1/console/lists/entries";
const PROPOSALS: &str = "/api/v1/console/lists/proposals";
const DECISIONS: &str = "/api/v1/console/lists/proposals/decisions";
const PUSH: &str = "/api/v1/upstream/list-changes";

async fn verdict(service: &TestService, kind: &str, value: &str) -> String {
    service.run_workers().await;
    let reply = service.anonymous().post("/api/v1/checks", json!({ "kind": kind, "value": value })).await.expect(200);
    reply.body["verdict"].as_str().unwrap().to_owned()
}

fn phone(value: &str) -> Value {
    json!({ "list": "blacklist", "kind": "phone", "value": value, "fraud_type": "T02", "severity": 2, "reason": "三起报案" })
}

async fn propose(editor: &Client, body: Value) -> (String, String) {
    let made = editor.post(ENTRIES, body).await.expect(201).body;
    (made["entry"].as_str().unwrap().to_owned(), made["proposal"].as_str().unwrap().to_owned())
}

fn decision(proposal: &str, approve: bool) -> Value {
    json!({ "proposals": [proposal], "approve": approve, "reason": "已核实" })
}

/// The one entry that covers a value.
async fn entry_of(client: &Client, kind: &str, value: &str) -> Value {
    let found = client.get(&format!("{ENTRIES}?kind={kind}&value={value}")).await.expect(200).body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    found["items"][0].clone()
}

async fn open_proposals(client: &Client) -> Vec<Value> {
    client.get(PROPOSALS).await.expect(200).body["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_listed_and_lifted_by_two_officers_only() {
    let service = TestService::start().await;
    let (editor, approver) = (service.officer("list_editor", None).await, service.officer("list_approver", None).await);
    let (entry, proposal) = propose(&approver, phone("13800000001")).await;
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown", "nobody has approved it");
    approver.post(DECISIONS, decision(&proposal, true)).await.expect_problem(409, "conflict");
    editor.post(DECISIONS, decision(&proposal, true)).await.expect_problem(403, "forbidden");
    let lead = service.officer("city_lead", None).await;
    let preview = json!({ "proposals": [proposal], "approve": true, "reason": "预览", "preview": true });
    let seen = lead.post(DECISIONS, preview).await.expect(200).body;
    assert_eq!((&seen["items"][0]["state"], &seen["items"][0]["state_after"]), (&json!("proposed"), &json!("active")));
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown", "a preview changes nothing");
    lead.post(DECISIONS, decision(&proposal, true)).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud");
    lead.post(DECISIONS, decision(&proposal, true)).await.expect_problem(409, "conflict");

    let lift = json!({ "entries": [entry], "ruling": "lifted", "reason": "号码已换主" });
    let made = editor.post(PROPOSALS, lift.clone()).await.expect(200).body;
    editor.post(PROPOSALS, lift).await.expect_problem(409, "conflict");
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud", "one officer lifts nothing");
    lead.post(DECISIONS, decision(made["items"][0]["proposal"].as_str().unwrap(), true)).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");

    let story = lead.get(&format!("{ENTRIES}/{entry}")).await.expect(200).body;
    assert_eq!(story["entry"]["state"], "withdrawn");
    let done: Vec<&str> =
        story["events"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(done, ["lifted", "listed"]);
    assert_eq!(story["events"][0]["reason"], "已核实");
    // A feed does not undo what people decided.
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n").await;
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_made_an_account_cannot_decide_with_it() {
    let service = TestService::start().await;
    let lead = service.officer("city_lead", None).await;
    let account = json!({ "username": "second.self", "name": "王五", "phone": "13900000009", "role": "list_approver" });
    let made = lead.post("/api/v1/console/officers", account).await.expect(201).body;
    let second = harness::NewOfficer {
        username: "second.self".to_owned(),
        password: made["credentials"]["password"].as_str().unwrap().to_owned(),
        totp: made["credentials"]["totp_secret"].as_str().unwrap().to_owned(),
    };
    let client = service.anonymous();
    let session = client.post("/api/v1/console/sessions", second.credentials(&service)).await.expect(200);
    let puppet = client.with_tokens(&session.body);
    let (_, proposal) = propose(&lead, phone("13800000002")).await;
    puppet.post(DECISIONS, decision(&proposal, true)).await.expect_problem(409, "conflict");
    let (_, other_way) = propose(&puppet, phone("13800000003")).await;
    lead.post(DECISIONS, decision(&other_way, true)).await.expect_problem(409, "conflict");
    service.officer("list_approver", None).await.post(DECISIONS, decision(&proposal, true)).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud");

    service.import(ListKind::Allowlist, SubjectKind::Phone, "13800000007\n").await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000007\n").await;
    let open = lead.get("/api/v1/console/lists/conflicts").await.expect(200).body;
    let settle = format!("/api/v1/console/lists/conflicts/{}/settlement", open["items"][0]["id"].as_str().unwrap());
    lead.put(&settle, json!({ "keep": "blacklist" })).await.expect(200);
    puppet.put(&settle, json!({ "keep": "blacklist" })).await.expect_problem(409, "conflict");
    assert_eq!(verdict(&service, "phone", "13800000007").await, "official");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declined_is_gone_and_can_be_proposed_again_on_its_entry() {
    let service = TestService::start().await;
    let (editor, lead) = (service.officer("list_editor", None).await, service.officer("city_lead", None).await);
    for list in ["blacklist", "allowlist"] {
        let mut body = phone("13800000004");
        body["list"] = json!(list);
        let (entry, proposal) = propose(&editor, body.clone()).await;
        lead.post(DECISIONS, decision(&proposal, false)).await.expect(200);
        let story = lead.get(&format!("{ENTRIES}/{entry}")).await.expect(200).body;
        assert_eq!(story["entry"]["state"], "withdrawn", "{list}");
        editor.post(ENTRIES, body).await.expect_problem(409, "conflict");
    }
    assert_eq!(verdict(&service, "phone", "13800000004").await, "unknown");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declining_ones_own_proposal_lifts_nothing_that_was_there() {
    let service = TestService::start().await;
    service.import(ListKind::Allowlist, SubjectKind::Phone, "13800000005\n").await;
    let (lead, second) = (service.officer("city_lead", None).await, service.officer("list_approver", None).await);
    let (manual, proposal) = propose(&lead, phone("13800000006")).await;
    second.post(DECISIONS, decision(&proposal, true)).await.expect(200);
    let official = entry_of(&lead, "phone", "13800000005").await;
    for entry in [official["id"].as_str().unwrap(), manual.as_str()] {
        let listed = json!({ "entries": [entry], "ruling": "listed", "reason": "重申" });
        let made = lead.post(PROPOSALS, listed).await.expect(200).body;
        lead.post(DECISIONS, decision(made["items"][0]["proposal"].as_str().unwrap(), false)).await.expect(200);
    }
    assert_eq!(verdict(&service, "phone", "13800000005").await, "official");
    assert_eq!(verdict(&service, "phone", "13800000006").await, "fraud");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guard_list_holds_waits_for_two_officers() {
    let service = TestService::start().await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "well-known.example\n").await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "well-known.example\n").await;
    let (first, second) = (service.officer("city_lead", None).await, service.officer("list_approver", None).await);
    let open = open_proposals(&first).await;
    assert_eq!((open.len(), &open[0]["origin"], &open[0]["supported"]), (1, &json!("guard"), &json!(false)));
    let id = open[0]["id"].as_str().unwrap();
    first.post(DECISIONS, decision(id, true)).await.expect(200);
    assert_eq!(verdict(&service, "link", "well-known.example").await, "unknown", "one officer stands by it");
    first.post(DECISIONS, decision(id, true)).await.expect_problem(409, "conflict");
    second.post(DECISIONS, decision(id, true)).await.expect(200);
    assert_eq!(verdict(&service, "link", "well-known.example").await, "fraud");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn age_ends_an_entry_and_a_source_that_says_it_again_brings_it_back() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000005\n").await;
    let lead = service.officer("city_lead", None).await;
    let entry = entry_of(&lead, "phone", "13800000005").await;
    let path = format!("{ENTRIES}/{}", entry["id"].as_str().unwrap());
    assert_eq!(lead.get(&path).await.expect(200).body["score"], 80);
    // 365 days of life, 80 x (1 - (age / 365)^2) falls below 30 after 290 days.
    service.clock.advance(TimeDelta::days(289));
    assert_eq!(verdict(&service, "phone", "13800000005").await, "fraud");
    service.clock.advance(TimeDelta::days(1));
    assert_eq!(verdict(&service, "phone", "13800000005").await, "unknown");
    let lead = service.officer("city_lead", None).await;
    let story = lead.get(&path).await.expect(200).body;
    assert_eq!((&story["entry"]["state"], &story["events"][0]["action"]), (&json!("expired"), &json!("aged")));
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000005\n").await;
    assert_eq!(verdict(&service, "phone", "13800000005").await, "fraud");
    service.stop().await;
}

fn addition(value: &str) -> Value {
    json!({ "kind": "phone", "value": value, "fraud_type": "T02", "severity": 2, "last_seen": "2026-01-02" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_pushes_additions_and_removals_in_order_and_once() {
    let service = TestService::start_with(|config| config.lists.probation_share = 100).await;
    let partner = service.partner("carrier");
    let first = json!({ "version": 1, "previous": 0, "additions": [addition("13800000006"), addition("13800000007"), addition("x")] });
    let reply = partner.post(&service, PUSH, &first).await.expect(200).body;
    assert_eq!((&reply["active"], &reply["version"]), (&json!(2), &json!(1)), "{reply}");
    assert_eq!(reply["refused"][0]["index"], 2, "{reply}");
    assert_eq!(verdict(&service, "phone", "13800000006").await, "fraud");
    assert_eq!(partner.post(&service, PUSH, &first).await.expect(200).body, reply, "the same push again");
    let other = json!({ "version": 1, "previous": 0, "additions": [addition("13800000008")] });
    partner.post(&service, PUSH, &other).await.expect_problem(409, "conflict");
    let gap = json!({ "version": 3, "previous": 2, "additions": [addition("13800000008")] });
    let refused = partner.post(&service, PUSH, &gap).await.expect_problem(409, "conflict");
    assert!(refused.text.contains("当前版本为1"), "{}", refused.text);
    assert_eq!(verdict(&service, "phone", "13800000008").await, "unknown");

    service.import(ListKind::Guardlist, SubjectKind::Link, "well-known.example\n").await;
    // Another source says it too: what one takes back, the other still says.
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000007\n").await;
    let removals = json!([{ "kind": "phone", "value": "13800000006" }, { "kind": "phone", "value": "13800000007" }]);
    let second = json!({ "version": 2, "previous": 1, "removals": removals });
    assert_eq!(partner.post(&service, PUSH, &second).await.expect(200).body["removed"], 2);
    assert_eq!(verdict(&service, "phone", "13800000006").await, "unknown");
    assert_eq!(verdict(&service, "phone", "13800000007").await, "fraud");
    let third = json!({ "version": 3, "previous": 2, "additions": [addition("13800000006")] });
    partner.post(&service, PUSH, &third).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000006").await, "fraud", "taken back, and said again");
    let guarded = json!({ "kind": "link", "value": "http://www.well-known.example/a", "fraud_type": "T02" });
    let fourth = json!({ "version": 4, "previous": 3, "additions": [guarded] });
    assert_eq!(partner.post(&service, PUSH, &fourth).await.expect(200).body["waiting"], 1, "a guard list holds it");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_source_is_trusted_in_part_and_earns_the_rest() {
    let service = TestService::start_with(|config| config.lists.probation_share = 20).await;
    let partner = service.partner("bank");
    let numbers: Vec<String> = (0..200).map(|number| format!("1380001{number:04}")).collect();
    let additions: Vec<Value> = numbers.iter().map(|number| addition(number)).collect();
    let push = json!({ "version": 1, "previous": 0, "additions": additions });
    let reply = partner.post(&service, PUSH, &push).await.expect(200).body;
    let active = reply["active"].as_i64().unwrap();
    assert!((20..=60).contains(&active), "about a fifth: {reply}");

    // Two officers find thirty of those that wait right.
    let (first, second) = (service.officer("list_editor", None).await, service.officer("city_lead", None).await);
    let waiting = second.get(&format!("{ENTRIES}?state=proposed&limit=30")).await.expect(200).body;
    let ids: Vec<&str> = waiting["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let listed = json!({ "entries": ids, "ruling": "listed", "reason": "均有报案" });
    let made = first.post(PROPOSALS, listed).await.expect(200).body;
    let proposals: Vec<&str> =
        made["items"].as_array().unwrap().iter().map(|one| one["proposal"].as_str().unwrap()).collect();
    second.post(DECISIONS, json!({ "proposals": proposals, "approve": true, "reason": "核实" })).await.expect(200);
    let sources = second.get("/api/v1/console/lists/sources").await.expect(200).body;
    let bank = sources["items"].as_array().unwrap().iter().find(|source| source["name"] == "upstream:bank").unwrap();
    assert_eq!((&bank["confirmed"], &bank["share"], &bank["precision"]), (&json!(30), &json!(100), &json!(1.0)));
    service.run_workers().await;
    let left = second.get(&format!("{ENTRIES}?state=proposed")).await.expect(200).body;
    assert_eq!(left["items"].as_array().unwrap().len(), 0, "all follow the share");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_finds_entries_and_what_changed() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n13800000002\n13800000003\n").await;
    service.import(ListKind::Blacklist, SubjectKind::Link, "bad.example\n").await;
    let analyst = service.officer("city_analyst", None).await;
    let first = analyst.get(&format!("{ENTRIES}?list=blacklist&kind=phone&limit=2")).await.expect(200).body;
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = analyst.get(&format!("{ENTRIES}?list=blacklist&kind=phone&limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((rest.body["items"].as_array().unwrap().len(), &rest.body["next_cursor"]), (1, &Value::Null));
    let covering = entry_of(&analyst, "link", "http://www.bad.example/login").await;
    assert_eq!((&covering["rule"], &covering["canonical"]), (&json!("host_suffix"), &json!("bad.example/")));
    let number = covering["change_number"].as_i64().unwrap() - 1;
    let changes = analyst.get(&format!("{ENTRIES}?changed_after={number}")).await.expect(200).body;
    assert_eq!(changes["items"].as_array().unwrap().len(), 1);
    analyst.get(&format!("{ENTRIES}?value=13800000001")).await.expect_problem(422, "invalid_field");
    analyst.get(&format!("{ENTRIES}?cursor=none")).await.expect_problem(422, "invalid_field");
    analyst.get(&format!("{ENTRIES}/ffffffffffffffffffffffffffffffff")).await.expect_problem(404, "not_found");
    analyst.post(ENTRIES, phone("13800000009")).await.expect_problem(403, "forbidden");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifted_entry_is_off_on_every_server_and_stays_off_after_a_restart() {
    let service = TestService::start_with(|config| config.lists.rebuild_after_changes = 2).await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n13800000002\n13800000003\n").await;
    let (editor, lead) = (service.officer("list_editor", None).await, service.officer("city_lead", None).await);
    let entry = entry_of(&lead, "phone", "13800000001").await;
    let lift = json!({ "entries": [entry["id"]], "ruling": "lifted", "reason": "误报" });
    let made = editor.post(PROPOSALS, lift).await.expect(200).body;
    lead.post(DECISIONS, decision(made["items"][0]["proposal"].as_str().unwrap(), true)).await.expect(200);
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    let service = service.restart().await;
    assert_eq!(verdict(&service, "phone", "13800000001").await, "unknown");
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud");
    service.stop().await;
}

/// A file that was written long ago.
fn drop_file(folder: &std::path::Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_a_feed_are_taken_once_and_a_whole_feed_takes_back_what_it_no_longer_has() {
    let folder = tempfile::TempDir::new().unwrap();
    let feed = app::settings::FeedSettings {
        source: "feed".to_owned(),
        folder: folder.path().to_owned(),
        list: ListKind::Blacklist,
        kind: SubjectKind::Phone,
        fraud_type: Some("T02".to_owned()),
        severity: 2,
        column: None,
        whole: true,
        confidence: 80,
        share: Some(100),
    };
    let service = TestService::start_with(|config| config.lists.feeds = vec![feed]).await;
    drop_file(folder.path(), "monday.txt", "13800000001\n13800000002\n13800000003\nx\n");
    drop_file(folder.path(), ".hidden", "13800000004\n");
    std::fs::write(folder.path().join("being-written.txt"), "13800000005\n").unwrap();
    assert_eq!(verdict(&service, "phone", "13800000001").await, "fraud");
    for number in ["13800000004", "13800000005"] {
        assert_eq!(verdict(&service, "phone", number).await, "unknown", "{number}");
    }
    std::fs::remove_file(folder.path().join("being-written.txt")).unwrap();
    drop_file(folder.path(), "tuesday.txt", "13800000001\n13800000002\n");
    assert_eq!(verdict(&service, "phone", "13800000003").await, "unknown", "taken back");
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud");
    drop_file(folder.path(), "wednesday.txt", "13800000006\n");
    assert_eq!(verdict(&service, "phone", "13800000002").await, "fraud", "half a feed takes nothing back");
    assert!(app::lists::feeds_take(service.app()).await.unwrap().is_empty(), "nothing is new");
    service.stop().await;
}

/// Whatever one officer does, with every right about the lists, nothing is listed and nothing is lifted.
#[tokio::test(flavor = "multi_thread")]
async fn one_officer_alone_changes_no_verdict() {
    for role in ["city_lead", "list_approver"] {
        let service = TestService::start().await;
        service.import(ListKind::Guardlist, SubjectKind::Phone, "13800000001\n13800000002\n").await;
        service.import(ListKind::Allowlist, SubjectKind::Phone, "13800000005\n").await;
        let listed = "13800000001\n13800000002\n13800000003\n13800000004\n13800000005\n";
        service.import(ListKind::Blacklist, SubjectKind::Phone, listed).await;
        let numbers: Vec<String> = (1..=8).map(|number| format!("1380000000{number}")).collect();
        let before = verdicts(&service, &numbers).await;
        assert_eq!(before.iter().filter(|verdict| *verdict == "fraud").count(), 2, "{before:?}");
        let officer = service.officer(role, None).await;
        for round in 0..60 {
            act(&officer, round, &numbers).await;
        }
        assert_eq!(verdicts(&service, &numbers).await, before, "{role}");
        service.stop().await;
    }
}

async fn verdicts(service: &TestService, numbers: &[String]) -> Vec<String> {
    let mut verdicts = Vec::new();
    for number in numbers {
        verdicts.push(verdict(service, "phone", number).await);
    }
    verdicts
}

/// One act, drawn by chance; what it answers does not matter.
async fn act(officer: &Client, round: usize, numbers: &[String]) {
    let number = &numbers[rand::random_range(0..numbers.len())];
    match round % 6 {
        0 => {
            let mut body = phone(number);
            body["list"] = json!(["blacklist", "allowlist", "guardlist"][rand::random_range(0..3)]);
            officer.post(ENTRIES, body).await;
        }
        1 => {
            let found = officer.get(&format!("{ENTRIES}?kind=phone&value={number}")).await.expect(200).body;
            let ids: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
            let ruling = ["listed", "suspended", "lifted"][rand::random_range(0..3)];
            officer.post(PROPOSALS, json!({ "entries": ids, "ruling": ruling, "reason": "试" })).await;
        }
        2 => {
            let conflicts = officer.get("/api/v1/console/lists/conflicts").await.expect(200).body;
            for conflict in conflicts["items"].as_array().unwrap() {
                let path = format!("/api/v1/console/lists/conflicts/{}/settlement", conflict["id"].as_str().unwrap());
                let keep = ["blacklist", "allowlist"][rand::random_range(0..2)];
                officer.put(&path, json!({ "keep": keep })).await;
            }
        }
        _ => {
            for proposal in open_proposals(officer).await {
                officer.post(DECISIONS, decision(proposal["id"].as_str().unwrap(), rand::random_ratio(4, 5))).await;
            }
        }
    }
}
