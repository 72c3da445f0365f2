//! Exchanging lists: exports, imports of them and of MISP events, sightings.

mod hostile;
mod misp;
mod sightings;

use std::path::PathBuf;

use app::lists::{ExportFormat, ExportRequest, ORGANISATION, export};
use chrono::TimeDelta;
use domain::{ListKind, SubjectKind};
use harness::{Client, TestService};
use serde_json::{Value, json};

const ENTRIES: &str = "/api/v1/console/lists/entries";
const PROPOSALS: &str = "/api/v1/console/lists/proposals";
const DECISIONS: &str = "/api/v1/console/lists/proposals/decisions";
const FORMATS: [(&str, &str); 3] = [("csv", "csv"), ("ndjson", "ndjson"), ("misp", "json")];

async fn exported(client: &Client, format: &str, list: &str) -> String {
    client.get(&format!("/api/v1/console/lists/export?format={format}&list={list}")).await.expect(200).text
}

async fn import_named(service: &TestService, source: &str, kind: SubjectKind, csv: &str) {
    let path = file(service, "csv", csv);
    service.import_with(ListKind::Blacklist, kind, path, |options| options.defaults.source = source.to_owned()).await;
}

fn file(service: &TestService, extension: &str, content: &str) -> PathBuf {
    service.file(&format!("file-{:08x}.{extension}", rand::random::<u32>()), content)
}

/// All of what a file of one's own says, as its own sources say it.
async fn restore(service: &TestService, list: ListKind, path: PathBuf) -> app::lists::ImportSummary {
    let restored = service.import_with(list, SubjectKind::Phone, path, |options| {
        options.defaults.source = String::new();
        options.defaults.fraud_type = None;
        (options.any_kind, options.keep_sources) = (true, true);
    });
    restored.await
}

async fn verdict(service: &TestService, kind: &str, value: &str) -> String {
    service.run_workers().await;
    let reply = service.anonymous().post("/api/v1/checks", json!({ "kind": kind, "value": value })).await.expect(200);
    reply.body["verdict"].as_str().unwrap().to_owned()
}

async fn open_proposals(client: &Client) -> Vec<Value> {
    client.get(PROPOSALS).await.expect(200).body["items"].as_array().unwrap().clone()
}

/// Entries of every kind, rule and state that stands, with names that spreadsheets and JSON have to be careful with.
async fn filled() -> TestService {
    let service = TestService::start().await;
    service.import(ListKind::Guardlist, SubjectKind::Link, "well-known.com\n").await;
    import_named(&service, "old", SubjectKind::Phone, "value\n13800000001\n").await;
    service.clock.advance(TimeDelta::days(300));
    let phones = "value,owner,severity,first_seen,last_seen,fraud_type\n13800000002,\"=1+1, \"\"乙\"\"\",3,2026-01-01,2026-02-01,T03\n\
                  17012*,'引号,1,,,\n95*,-5,,,,\n13800000003,,,,,\n";
    import_named(&service, "one", SubjectKind::Phone, phones).await;
    import_named(&service, "two, and more", SubjectKind::Phone, "value,confidence\n13800000002,55\n").await;
    let links =
        "evil.com\na.evil.net\nevil.com/pay?id=1\nevil.org/a/*\n192.0.2.7\n[2001:db8::1]\nwww.well-known.com/x\n";
    import_named(&service, "one", SubjectKind::Link, &format!("value\n{links}")).await;
    for (kind, value) in [
        (SubjectKind::BankAccount, "6222021234567890128"),
        (SubjectKind::PaymentAccount, "someone@example.com"),
        (SubjectKind::WechatId, "wxid_abc12345"),
        (SubjectKind::QqId, "123456789"),
        (SubjectKind::App, "com.evil.app"),
    ] {
        import_named(&service, "one", kind, &format!("value\n{value}\n")).await;
    }
    service.import(ListKind::Allowlist, SubjectKind::Phone, "13900000001\n").await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_and_imported_elsewhere_is_exported_equally() {
    let service = filled().await;
    let lead = service.officer("city_lead", None).await;
    for (format, extension) in FORMATS {
        let other = TestService::start().await;
        other.clock.advance(TimeDelta::days(300));
        for (list, word) in
            [(ListKind::Guardlist, "guardlist"), (ListKind::Blacklist, "blacklist"), (ListKind::Allowlist, "allowlist")]
        {
            let file_of_list = exported(&lead, format, word).await;
            let summary = restore(&other, list, file(&other, extension, &file_of_list)).await;
            assert_eq!((summary.refused, summary.skipped), (0, 0), "{format} {word}: {summary:?}");
            let other_lead = other.officer("city_lead", None).await;
            assert_eq!(exported(&other_lead, format, word).await, file_of_list, "{format} {word}");
            let again = restore(&other, list, file(&other, extension, &file_of_list)).await;
            assert_eq!((again.added, again.held), (0, 0), "{format} {word}: {again:?}");
        }
        assert_eq!(verdict(&other, "link", "www.well-known.com/x").await, "unknown", "a guard list holds it");
        assert_eq!(verdict(&other, "phone", "13800000001").await, "unknown", "it is too old there too");
        assert_eq!(verdict(&other, "wechat_id", "wxid_abc12345").await, "fraud");
        other.stop().await;
    }
    let csv = exported(&lead, "csv", "blacklist").await;
    for cell in ["\"'=1+1, \"\"乙\"\"\"", "''引号", "'+8617012*", ",+8613800000003,", "expired", "proposed"] {
        assert!(csv.contains(cell), "{cell} is missing in {csv}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lifted_here_is_for_two_officers_to_decide_elsewhere() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n13800000002\n").await;
    let (lead, second) = (service.officer("city_lead", None).await, service.officer("list_approver", None).await);
    let entry = lead.get(&format!("{ENTRIES}?kind=phone&value=13800000001")).await.expect(200).body;
    let entry = entry["items"][0]["id"].as_str().unwrap();
    let lift = json!({ "entries": [entry], "ruling": "lifted", "reason": "号码已换主" });
    let made = lead.post(PROPOSALS, lift).await.expect(200).body;
    let decision = json!({ "proposals": [made["items"][0]["proposal"]], "approve": true, "reason": "已核实" });
    second.post(DECISIONS, decision).await.expect(200);
    for (format, extension) in FORMATS {
        let text = exported(&lead, format, "blacklist").await;
        let other = TestService::start().await;
        let nothing = restore(&other, ListKind::Blacklist, file(&other, extension, &text)).await;
        assert_eq!((nothing.added, nothing.skipped), (1, 1), "{format}: {nothing:?}");
        assert_eq!(verdict(&other, "phone", "13800000001").await, "unknown", "{format}: it is not listed there");
        other.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n").await;
        for reviews in [1, 0] {
            let summary = restore(&other, ListKind::Blacklist, file(&other, extension, &text)).await;
            assert_eq!(summary.reviews, reviews, "{format}: {summary:?}");
        }
        assert_eq!(verdict(&other, "phone", "13800000001").await, "fraud", "{format}: nobody decided");
        let other_lead = other.officer("city_lead", None).await;
        let open = open_proposals(&other_lead).await;
        assert_eq!((open.len(), &open[0]["ruling"], &open[0]["origin"]), (1, &json!("lifted"), &json!("sighting")));
        other.stop().await;
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_a_file_for_those_who_read_lists_and_leaves_a_trace() {
    let service = TestService::start().await;
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000001\n").await;
    let path = "/api/v1/console/lists/export?list=blacklist";
    service.anonymous().get(path).await.expect_problem(401, "unauthenticated");
    service.resident("zhang").await.get(path).await.expect_problem(403, "forbidden");
    let editor = service.officer("list_editor", None).await;
    editor.get("/api/v1/console/lists/export").await.expect_problem(422, "invalid_field");
    let first = editor.get(path).await.expect(200);
    assert_eq!(first.headers["content-type"], "text/csv; charset=utf-8");
    let version = first.headers["x-list-version"].to_str().unwrap().to_owned();
    assert_eq!(first.headers["content-disposition"], format!("attachment; filename=\"blacklist-{version}.csv\""));
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13800000002\n").await;
    let changes =
        editor.get(&format!("{path}&format=ndjson&changed_after={version}&kind=phone")).await.expect(200).text;
    let line: Value = serde_json::from_str(&changes).unwrap_or_else(|_| panic!("one line: {changes}"));
    assert_eq!((&line["value"], &line["sources"][0]["name"]), (&json!("+8613800000002"), &json!("test")));
    let links = editor.get(&format!("{path}&format=misp&kind=link")).await.expect(200).body;
    assert_eq!(links["Event"]["Attribute"], json!([]));
    let audited =
        service.store().db.run_blocking(|connection| store::audit_log::audit_log_of(connection, "list", "blacklist"));
    let audited = audited.unwrap();
    assert_eq!(audited.len(), 3);
    assert!(audited.iter().all(|row| row.action == "list.exported" && row.actor_kind == "officer"), "{audited:?}");
    service.stop().await;
}

async fn text_of(mut export: app::lists::ExportStream) -> String {
    let mut text = String::new();
    while let Some(chunk) = export.chunks.recv().await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_reading_an_export_ends_it() {
    let service = TestService::start().await;
    let numbers: String = (0..8_000).map(|number| format!("1380000{number:04}\n")).collect();
    service.import(ListKind::Blacklist, SubjectKind::Phone, &numbers).await;
    let lead = service.officer("city_lead", None).await;
    let path = "/api/v1/console/lists/export?format=misp&list=blacklist";
    for _ in 0..5 {
        let mut reply = lead.open(reqwest::Method::GET, path, None, &[]).await;
        // All places may still be taken by those who went away a moment ago.
        if reply.status() == 200 {
            reply.chunk().await.unwrap().expect("a first part");
        }
    }
    let whole = loop {
        let reply = lead.get(path).await;
        if reply.status == 200 {
            break reply.body;
        }
        reply.expect_problem(429, "too_many_requests");
        tokio::task::yield_now().await;
    };
    assert_eq!(whole["Event"]["Attribute"].as_array().unwrap().len(), 8_000);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_under_changes_each_show_one_moment() {
    let service = TestService::start().await;
    let numbers: String = (0..8_000).map(|number| format!("1380000{number:04}\n")).collect();
    service.import(ListKind::Blacklist, SubjectKind::Phone, &numbers).await;
    let request = || ExportRequest {
        format: ExportFormat::Ndjson,
        list: ListKind::Blacklist,
        kind: None,
        changed_after: None,
        organisation: ORGANISATION.to_owned(),
    };
    let context = app::Context::operator();
    let before = export(service.app(), &context, request()).await.unwrap();
    // The walk of the first stands still: its chunks are not taken. All entries change meanwhile, and some are new.
    let changed = format!("value,severity\n{}", numbers.replace('\n', ",3\n"));
    import_named(&service, "test", SubjectKind::Phone, &changed).await;
    import_named(&service, "test", SubjectKind::Phone, "value\n13900000001\n").await;
    let after = export(service.app(), &context, request()).await.unwrap();
    assert!(export(service.app(), &context, request()).await.is_err(), "each keeps a connection");
    for (export, count, severity) in [(before, 8_000, 0), (after, 8_001, 3)] {
        let text = text_of(export).await;
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), count);
        let of_severity = lines.iter().filter(|line| line["severity"] == severity).count();
        assert!(of_severity >= 8_000, "{of_severity} of {count} have severity {severity}");
    }
    service.stop().await;
}
