//! Who may do what: role × action × scope as a snapshot, and every route with its row.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use domain::authorization::{Action, Role, Scope, allows};
use harness::{Client, TestService};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn the_matrix_is_as_reviewed() {
    let mut table = String::new();
    for action in Action::ALL {
        for scope in Scope::ALL {
            let roles: Vec<&str> =
                Role::ALL.into_iter().filter(|role| allows(*role, action, scope)).map(Role::as_str).collect();
            writeln!(
                table,
                "{action:?} × {scope:?}: {}",
                if roles.is_empty() { "nobody".to_owned() } else { roles.join(", ") }
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!("authorization_matrix", table);
}

/// One way to call an operation: its name, how what is asked for lies to a caller of county A, method, path, body.
struct Call {
    operation: &'static str,
    scope: &'static str,
    method: Method,
    path: String,
    body: Option<(&'static str, String)>,
}

fn call(operation: &'static str, scope: &'static str, method: Method, path: &str, body: Option<Value>) -> Call {
    let body = body.map(|body| ("application/json", body.to_string()));
    Call { operation, scope, method, path: format!("/api/v1{path}"), body }
}

fn file(operation: &'static str, path: &str, content: &str) -> Call {
    let body = Some(("text/csv", content.to_owned()));
    Call { operation, scope: "whole", method: Method::POST, path: format!("/api/v1{path}"), body }
}

/// Officers, rosters and who answers for what. Only the last two operations on an officer change anything.
fn calls_about_people(units: [&str; 3], officers: [&str; 3]) -> Vec<Call> {
    use reqwest::Method as M;
    let wrong_officer = || Some(json!({ "username": "", "role": "auditor" }));
    let nobody = json!({ "officer": "x", "substitute": "y", "from_day": "2026-11-25", "to_day": "2026-11-25" });
    let absent = "ffffffffffffffffffffffffffffffff";
    let mut calls = vec![
        call("officers_list", "whole", M::GET, "/console/officers", None),
        call("officer_create", "whole", M::POST, "/console/officers", wrong_officer()),
        file("officers_import", "/console/officers/imports?dry_run=true", "username,role\n"),
        call("duty_current", "whole", M::GET, "/console/duty-shifts/current", None),
        call("substitutes_list", "whole", M::GET, "/console/substitutes", None),
        call("substitute_create", "absent", M::POST, "/console/substitutes", Some(nobody)),
        call("substitute_end", "absent", M::DELETE, &format!("/console/substitutes/{absent}"), None),
        file("responsibilities_import", "/console/responsibilities/imports", "name,phone,post,division\n"),
        call("responsibility_end", "absent", M::DELETE, &format!("/console/responsibilities/{absent}"), None),
    ];
    let scopes = ["served", "foreign", "absent"];
    for (scope, code) in scopes.into_iter().zip(["411602000000", "411603000000", "419999000000"]) {
        let path = format!("/console/responsibilities?division={code}");
        calls.push(call("responsibilities_list", scope, M::GET, &path, None));
        let path = format!("/console/responsibilities/gaps?division={code}&limit=1");
        calls.push(call("responsibility_gaps", scope, M::GET, &path, None));
        let wrong = json!({ "name": "1", "phone": "1", "post": "1", "division": code });
        calls.push(call("responsibility_assign", scope, M::POST, "/console/responsibilities", Some(wrong)));
    }
    for (scope, unit) in scopes.into_iter().zip(units) {
        let span = "from=2026-11-25T00:00:00Z&to=2026-11-26T00:00:00Z";
        let path = format!("/console/duty-shifts?unit={unit}&{span}");
        calls.push(call("duty_shifts_list", scope, M::GET, &path, None));
        let (from, to) = ("2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z");
        let empty = json!({ "unit": unit, "from": from, "to": to, "shifts": [] });
        calls.push(call("duty_shifts_put", scope, M::PUT, "/console/duty-shifts", Some(empty)));
        // Active officers keep both units open.
        calls.push(call("unit_close", scope, M::DELETE, &format!("/console/units/{unit}"), None));
    }
    for (scope, officer) in scopes.into_iter().zip(officers) {
        let path = format!("/console/officers/{officer}");
        calls.push(call("officer_get", scope, M::GET, &path, None));
        calls.push(call("officer_change", scope, M::PATCH, &path, Some(json!({}))));
        calls.push(call("officer_credentials_reset", scope, M::POST, &format!("{path}/credentials"), None));
        // Who is active cannot be enabled.
        calls.push(call("officer_enable", scope, M::POST, &format!("{path}/activation"), None));
        calls.push(call("officer_disable", scope, M::DELETE, &path, None));
    }
    calls
}

/// Every operation of the document has its rows here. Bodies are such that a permitted call changes nothing.
fn calls([served_unit, foreign_unit]: [&str; 2], [served_officer, foreign_officer]: [&str; 2]) -> Vec<Call> {
    use reqwest::Method as M;
    let (served, foreign, absent) = ("411602000000", "411603000000", "419999000000");
    let absent_unit = "ffffffffffffffffffffffffffffffff";
    let check = || Some(json!({ "kind": "phone", "value": "13800138000" }));
    let batch = || Some(json!({ "items": [{ "kind": "phone", "value": "13800138000" }] }));
    let mut calls = vec![
        call("check_create", "own", M::POST, "/checks", check()),
        call("check_batch", "own", M::POST, "/checks/batch", batch()),
        call("upstream_check_create", "own", M::POST, "/upstream/checks", check()),
        call("upstream_check_batch", "own", M::POST, "/upstream/checks/batch", batch()),
        call(
            "upstream_list_push",
            "own",
            M::POST,
            "/upstream/list-changes",
            Some(json!({ "version": 1, "previous": 0 })),
        ),
        call("private_bucket_get", "own", M::GET, "/checks/private/87554", None),
        call("private_prefix_rules_list", "own", M::GET, "/checks/private/prefix-rules", None),
        call("private_official_numbers_list", "own", M::GET, "/checks/private/official-numbers", None),
        call("warning_list", "own", M::GET, "/warnings", None),
        call("corrections_get", "own", M::GET, "/corrections", None),
        call(
            "appeal_create",
            "own",
            M::POST,
            "/appeals",
            Some(json!({ "kind": "phone", "value": "", "statement": "" })),
        ),
        call("appeal_list", "own", M::GET, "/appeals", None),
        call("appeal_get", "absent", M::GET, "/appeals/ffffffffffffffffffffffffffffffff", None),
        call("appeal_code_create", "absent", M::POST, "/appeals/ffffffffffffffffffffffffffffffff/code", None),
        call(
            "appeal_prove",
            "absent",
            M::POST,
            "/appeals/ffffffffffffffffffffffffffffffff/proof",
            Some(json!({ "method": "dns" })),
        ),
        call("list_appeal_queue", "whole", M::GET, "/console/lists/appeals", None),
        call("list_appeal_get", "absent", M::GET, "/console/lists/appeals/ffffffffffffffffffffffffffffffff", None),
        call(
            "list_appeal_papers",
            "absent",
            M::POST,
            "/console/lists/appeals/ffffffffffffffffffffffffffffffff/papers",
            Some(json!({ "reason": "营业执照" })),
        ),
        call("report_create", "own", M::POST, "/reports", Some(json!({}))),
        call("report_list", "own", M::GET, "/reports", None),
        call("report_get", "absent", M::GET, "/reports/ffffffffffffffffffffffffffffffff", None),
        Call {
            body: Some(("image/png", "none".to_owned())),
            ..call(
                "report_screenshot_create",
                "absent",
                M::POST,
                "/reports/ffffffffffffffffffffffffffffffff/screenshots",
                None,
            )
        },
        call("list_report_queue", "whole", M::GET, "/console/lists/reports", None),
        call("list_report_get", "absent", M::GET, "/console/lists/reports/ffffffffffffffffffffffffffffffff", None),
        call(
            "list_report_screenshot_get",
            "absent",
            M::GET,
            "/console/lists/reports/ffffffffffffffffffffffffffffffff/screenshots/ffffffffffffffffffffffffffffffff",
            None,
        ),
        call("media_get", "none", M::GET, "/media/ffffffffffffffffffffffffffffffff", None),
        call("wechat_address_prove", "none", M::GET, "/callbacks/wechat", None),
        call("wechat_push_take", "none", M::POST, "/callbacks/wechat", Some(json!({}))),
        call("divisions_find", "whole", M::GET, "/divisions?name=%E5%B7%9D%E6%B1%87", None),
        call("divisions_nearest", "whole", M::GET, "/divisions/nearest?latitude=33.6&longitude=114.7", None),
        call("list_status", "whole", M::GET, "/console/lists/status", None),
        call("list_source_list", "whole", M::GET, "/console/lists/sources", None),
        call("list_export", "whole", M::GET, "/console/lists/export?list=guardlist", None),
        call("list_entry_list", "whole", M::GET, "/console/lists/entries", None),
        call("list_entry_get", "absent", M::GET, "/console/lists/entries/ffffffffffffffffffffffffffffffff", None),
        call(
            "list_entry_propose",
            "whole",
            M::POST,
            "/console/lists/entries",
            Some(json!({ "list": "blacklist", "kind": "phone", "value": "", "reason": "" })),
        ),
        call("list_proposal_list", "whole", M::GET, "/console/lists/proposals", None),
        call(
            "list_rulings_propose",
            "whole",
            M::POST,
            "/console/lists/proposals",
            Some(json!({ "entries": [], "ruling": "lifted", "reason": "" })),
        ),
        call(
            "list_proposals_decide",
            "whole",
            M::POST,
            "/console/lists/proposals/decisions",
            Some(json!({ "proposals": [], "approve": true, "reason": "" })),
        ),
        call("list_conflict_list", "whole", M::GET, "/console/lists/conflicts", None),
        call(
            "list_conflict_settle",
            "absent",
            M::PUT,
            &format!("/console/lists/conflicts/{absent_unit}/settlement"),
            Some(json!({ "keep": "allowlist" })),
        ),
        call("units_list", "whole", M::GET, "/console/units", None),
        call("unit_create", "whole", M::POST, "/console/units", Some(json!({ "name": "", "kind": "police_station" }))),
        file("divisions_import", "/console/divisions/imports?year=2023&dry_run=true", "code,name,level,parent\n"),
        file("division_facts_import", "/console/divisions/facts/imports", "code,population\n"),
        file("units_import", "/console/units/imports", "name,kind,parent,divisions\n"),
        call("me_get", "own", M::GET, "/me", None),
        call("me_change", "own", M::PATCH, "/me", Some(json!({ "birth_year": 1 }))),
        call("phone_set", "own", M::PUT, "/me/phone", Some(json!({}))),
        call("home_set", "own", M::PUT, "/me/home", Some(json!({ "division": "419999000000" }))),
        call("pause_set", "own", M::PUT, "/me/pause", None),
        call("pause_delete", "own", M::DELETE, "/me/pause", None),
        call("consent_set", "own", M::PUT, "/me/consents/warnings", Some(json!({ "version": "0" }))),
        call("consent_delete", "own", M::DELETE, "/me/consents/none", None),
        call("me_export", "own", M::GET, "/me/export", None),
        call("me_export_page", "own", M::GET, "/me/export.html", None),
        call("access_log_list", "own", M::GET, "/me/access-log", None),
        call("phone_code_create", "own", M::POST, "/phone-codes", Some(json!({ "phone": "1" }))),
        call(
            "registration_create",
            "own",
            M::POST,
            "/registrations",
            Some(json!({ "division": "419999000000", "consents": [] })),
        ),
        call("registration_code_get", "absent", M::GET, "/registration-codes/none", None),
        call("family_list", "own", M::GET, "/family-members", None),
        call(
            "family_member_create",
            "own",
            M::POST,
            "/family-members",
            Some(json!({ "relation": "child", "name": "小明", "phone": "1" })),
        ),
        call("family_member_delete", "absent", M::DELETE, &format!("/family-members/{absent_unit}"), None),
        call("invitations_list", "own", M::GET, "/invitations", None),
        call(
            "invitation_answer",
            "absent",
            M::PUT,
            &format!("/invitations/{absent_unit}/answer"),
            Some(json!({ "accept": false })),
        ),
        call("guard_set", "absent", M::PUT, &format!("/invitations/{absent_unit}/guard"), None),
        call("guard_delete", "absent", M::DELETE, &format!("/invitations/{absent_unit}/guard"), None),
        call("registration_code_own", "served", M::GET, "/console/registration-code", None),
        call("registration_code_image", "served", M::GET, "/console/registration-code/image", None),
        call("sign_up_reviews_list", "served", M::GET, "/console/sign-up-reviews", None),
        call(
            "sign_up_review_decide",
            "absent",
            M::PUT,
            &format!("/console/sign-up-reviews/{absent_unit}/decision"),
            Some(json!({ "accept": true })),
        ),
        call("family_invitations_list", "served", M::GET, "/console/family-invitations", None),
        call(
            "family_invitation_attest",
            "absent",
            M::PUT,
            &format!("/console/family-invitations/{absent_unit}/attestation"),
            Some(json!({ "attestation": "当面同意" })),
        ),
        call("resident_get", "absent", M::GET, &format!("/console/residents/{absent_unit}"), None),
        call(
            "resident_reveal",
            "absent",
            M::POST,
            &format!("/console/residents/{absent_unit}/contact"),
            Some(json!({ "purpose": "核实" })),
        ),
        call(
            "resident_tags_set",
            "absent",
            M::PUT,
            &format!("/console/residents/{absent_unit}/tags"),
            Some(json!({ "tags": [] })),
        ),
        file("residents_import", "/console/residents/imports?dry_run=true", "name,phone,division,attestation\n"),
        call("registration_delete", "own", M::DELETE, "/registrations", None),
        call("session_create", "none", M::POST, "/sessions", Some(json!({ "code": "wrong" }))),
        call("session_refresh", "none", M::POST, "/sessions/refresh", Some(json!({ "refresh_token": "wrong" }))),
        call(
            "officer_session_create",
            "none",
            M::POST,
            "/console/sessions",
            Some(json!({ "username": "nobody", "password": "wrong", "totp": "000000" })),
        ),
        call(
            "officer_session_refresh",
            "none",
            M::POST,
            "/console/sessions/refresh",
            Some(json!({ "refresh_token": "wrong" })),
        ),
    ];
    for (scope, code) in [("served", served), ("foreign", foreign), ("absent", absent)] {
        calls.push(call("division_get", scope, M::GET, &format!("/divisions/{code}"), None));
        calls.push(call("division_children", scope, M::GET, &format!("/divisions/{code}/children"), None));
        let console = format!("/console/divisions/{code}");
        calls.push(call("division_facts_get", scope, M::GET, &console, None));
        calls.push(call("division_history_list", scope, M::GET, &format!("{console}/history"), None));
        let list = format!("/console/residents?division={code}");
        calls.push(call("residents_list", scope, M::GET, &list, None));
        let population = format!("/console/statistics/population?division={code}");
        calls.push(call("population_get", scope, M::GET, &population, None));
        // No village: a permitted call is refused for that.
        let somebody = json!({ "division": code, "name": "王", "phone": "1", "attestation": "当面同意" });
        calls.push(call("resident_create", scope, M::POST, "/console/residents", Some(somebody)));
        let successors = Some(json!({ "successors": [] }));
        calls.push(call("division_successor_set", scope, M::POST, &format!("{console}/successor"), successors));
    }
    for (scope, id) in [("served", served_unit), ("foreign", foreign_unit), ("absent", absent_unit)] {
        let path = format!("/console/units/{id}");
        calls.push(call("unit_get", scope, M::GET, &path, None));
        calls.push(call("unit_change", scope, M::PATCH, &path, Some(json!({ "name": "" }))));
        calls.push(call(
            "unit_divisions_set",
            scope,
            M::PUT,
            &format!("{path}/divisions"),
            Some(json!({ "divisions": ["419999000000"] })),
        ));
    }
    let (units, officers) = ([served_unit, foreign_unit, absent_unit], [served_officer, foreign_officer, absent_unit]);
    calls.extend(calls_about_people(units, officers));
    // These end the caller's session: last.
    calls.push(call("me_delete", "own", M::DELETE, "/me", None));
    calls.push(call("session_delete", "own", M::DELETE, "/sessions", None));
    calls.push(call("officer_session_delete", "own", M::DELETE, "/console/sessions", None));
    calls
}

/// Somebody unknown, a resident, and an officer of each role in the centre of county A.
async fn callers(service: &TestService) -> Vec<(&'static str, Client)> {
    let mut callers = vec![("anonymous", service.anonymous()), ("resident", service.resident("zhang").await)];
    for role in Role::ALL.into_iter().filter(|role| role.is_officer()) {
        callers.push((role.as_str(), service.officer(role.as_str(), Some("甲县中心")).await));
    }
    callers
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_every_role_as_reviewed() {
    let service = TestService::start().await;
    service.import_zhoukou();
    let unit = |name: &str, kind: &str, code: &str| format!("{name},{kind},,{code}\n");
    let units = unit("甲县中心", "county_centre", "411602000000") + &unit("乙县中心", "county_centre", "411603000000");
    service.import_units(&format!("name,kind,parent,divisions\n{units}"));
    service.run_workers().await;
    let administrator = service.officer("administrator", None).await;
    let listed = administrator.get("/api/v1/console/units").await.expect(200).body;
    let id = |name: &str| {
        let items = listed["items"].as_array().unwrap();
        items.iter().find(|unit| unit["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let units = [id("甲县中心"), id("乙县中心")];
    let mut officers = Vec::new();
    for (name, unit) in ["甲县中心", "乙县中心"].into_iter().zip(&units) {
        // Two each: one is disabled, the other keeps the unit open.
        service.create_officer(&format!("stays-{unit}"), "community_officer", Some(name));
        service.create_officer(&format!("goes-{unit}"), "community_officer", Some(name));
        let path = format!("/api/v1/console/officers?unit={unit}");
        let listed = administrator.get(&path).await.expect(200).body;
        officers.push(listed["items"][1]["id"].as_str().unwrap().to_owned());
    }
    let calls = calls([&units[0], &units[1]], [&officers[0], &officers[1]]);

    let mut callers = callers(&service).await;
    let mut table = String::new();
    for call in &calls {
        write!(table, "{} ({}):", call.operation, call.scope).unwrap();
        let mut answers = BTreeMap::<u16, Vec<&str>>::new();
        for (role, caller) in &callers {
            let body = call.body.as_ref().map(|(kind, text)| (*kind, text.clone().into_bytes()));
            let status = caller.send(call.method.clone(), &call.path, body).await.status.as_u16();
            answers.entry(status).or_default().push(role);
        }
        for (status, roles) in answers {
            write!(
                table,
                " {status} {}.",
                if roles.len() == callers.len() { "all".to_owned() } else { roles.join(", ") }
            )
            .unwrap();
        }
        table.push('\n');
        if ["me_delete", "session_delete", "officer_session_delete"].contains(&call.operation) {
            callers = self::callers(&service).await;
        }
    }
    service.stop().await;
    insta::assert_snapshot!("authorization_routes", table);
}

#[test]
fn every_route_has_its_row_in_the_matrix() {
    let document: Value = serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap();
    let rows: BTreeSet<String> = calls(["a", "b"], ["c", "d"]).iter().map(|call| call.operation.to_owned()).collect();
    let paths = document["paths"].as_object().unwrap();
    let operations: BTreeSet<String> = paths
        .iter()
        .filter(|(path, _)| path.starts_with("/api/"))
        .flat_map(|(_, item)| item.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(operations, rows);
}
