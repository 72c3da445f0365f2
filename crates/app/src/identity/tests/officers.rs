//! Officers sign in, and strangers do not.

use domain::authorization::Role;

use super::support::{World, code, known_as, officer, refusal, sign_in, sign_in_from, take_database};
use crate::{App, Context, identity, officers::disable_officer};

/// What the audit log says about an officer; about nobody known, with an empty id.
async fn audit_actions(app: &App, officer: &str) -> Vec<(String, serde_json::Value)> {
    let officer = officer.to_owned();
    let rows = app.store.db.run(move |connection| store::audit_log::audit_log_of(connection, "officer", &officer));
    rows.await.unwrap().into_iter().map(|row| (row.action, row.detail)).collect()
}

const WRONG: &str = "wrong-Password-123456";

#[tokio::test]
async fn all_three_must_be_right_and_the_refusals_are_alike() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "Zhang", Role::CityLead).await;
    let right = code(&app, "zhang").await;
    let other = if right == "000000" { "000001" } else { "000000" };
    let mut refusals = Vec::new();
    for (name, password, totp) in [
        ("zhang", WRONG, right.as_str()),
        ("zhang", &zhang.password, other),
        ("nobody", &zhang.password, &right),
        ("no such / name", WRONG, "abc"),
    ] {
        let error = sign_in(&app, name, password, totp).await.unwrap_err();
        refusals.push((error.code, error.detail, error.fields, error.retry_after));
    }
    assert!(refusals.windows(2).all(|pair| pair[0] == pair[1]), "{refusals:?}");
    assert_eq!(refusals[0].0.as_str(), "sign_in_refused");
    let tokens = sign_in(&app, " ZHANG ", &zhang.password, &right).await.unwrap();
    assert_eq!(known_as(&app, &tokens).await, "city_lead");
}

#[tokio::test]
async fn a_code_passes_once() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    let now = code(&app, "zhang").await;
    assert!(sign_in(&app, "zhang", &zhang.password, &now).await.is_ok());
    assert_eq!(refusal(sign_in(&app, "zhang", &zhang.password, &now).await), "sign_in_refused");
    world.pass(30);
    let next = code(&app, "zhang").await;
    assert!(sign_in(&app, "zhang", &zhang.password, &next).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_equal_codes_at_two_servers_at_once_one_passes() {
    let world = World::new();
    let servers = [std::sync::Arc::new(world.server().await), std::sync::Arc::new(world.server().await)];
    let zhang = officer(&servers[0], "zhang", Role::Auditor).await;
    let now = code(&servers[0], "zhang").await;
    let tries: Vec<_> = (0..6)
        .map(|number| {
            let (app, password, now) = (servers[number % 2].clone(), zhang.password.clone(), now.clone());
            tokio::spawn(async move { sign_in(&app, "zhang", &password, &now).await.is_ok() })
        })
        .collect();
    let mut passed = 0;
    for one in tries {
        passed += u32::from(one.await.unwrap());
    }
    assert_eq!(passed, 1);
}

#[tokio::test]
async fn a_stranger_learns_nothing_over_the_budget_and_does_not_keep_the_officer_out() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    for _ in 0..10 {
        assert_eq!(refusal(sign_in(&app, "zhang", WRONG, "000000").await), "sign_in_refused");
    }
    let over = sign_in(&app, "zhang", WRONG, "000000").await.unwrap_err();
    assert_eq!((over.code.as_str(), over.retry_after), ("too_many_requests", Some(900)));
    let stolen = sign_in(&app, "zhang", &zhang.password, "000000").await.unwrap_err();
    assert_eq!((stolen.code, &stolen.detail, stolen.retry_after), (over.code, &over.detail, over.retry_after));
    let now = code(&app, "zhang").await;
    assert!(sign_in(&app, "zhang", &zhang.password, &now).await.is_ok());
    for _ in 0..10 {
        assert_eq!(refusal(sign_in(&app, "nobody", WRONG, "000000").await), "sign_in_refused");
    }
    assert_eq!(refusal(sign_in(&app, "nobody", WRONG, "000000").await), "too_many_requests");
}

#[tokio::test]
async fn five_wrong_codes_lock_the_second_factor_even_for_a_right_one_which_is_not_used_up() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    world.pass(-30);
    let early = code(&app, "zhang").await;
    world.pass(600);
    for _ in 0..5 {
        assert_eq!(refusal(sign_in(&app, "zhang", &zhang.password, &early).await), "sign_in_refused");
    }
    let now = code(&app, "zhang").await;
    let locked = sign_in(&app, "zhang", &zhang.password, &now).await.unwrap_err();
    assert_eq!((locked.code.as_str(), locked.retry_after), ("too_many_requests", Some(300)));
    world.pass(300);
    let now = code(&app, "zhang").await;
    assert!(sign_in(&app, "zhang", &zhang.password, &now).await.is_ok());
}

#[tokio::test]
async fn an_address_that_fails_a_hundred_times_waits_and_others_do_not() {
    let world = World::new();
    let mut app = world.server().await;
    app.settings.identity.failures_per_address_minute = 10;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    for number in 0..10 {
        let outcome = sign_in_from(&app, "198.51.100.1", &format!("name-{number}"), WRONG, "000000").await;
        assert_eq!(refusal(outcome), "sign_in_refused", "{number}");
    }
    for _ in 0..2 {
        let outcome = sign_in_from(&app, "198.51.100.1", "another", WRONG, "000000").await.unwrap_err();
        assert_eq!(outcome.code.as_str(), "too_many_requests");
        assert!(outcome.retry_after.is_some_and(|seconds| (1..=120).contains(&seconds)), "{outcome:?}");
    }
    let now = code(&app, "zhang").await;
    assert!(sign_in_from(&app, "198.51.100.2", "zhang", &zhang.password, &now).await.is_ok());
}

#[tokio::test]
async fn what_could_not_be_right_is_refused_before_any_work() {
    let world = World::new();
    let app = world.server().await;
    let long = "x".repeat(513);
    for (name, password, totp, pointer) in [
        ("", "p", "1", "/username"),
        ("n", "", "1", "/password"),
        ("n", long.as_str(), "1", "/password"),
        ("n", "p", "", "/totp"),
        ("n", "p", "01234567890123456", "/totp"),
    ] {
        let error = sign_in(&app, name, password, totp).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.fields[0].pointer.as_str()), ("invalid_field", pointer));
    }
}

#[tokio::test]
async fn disabling_holds_from_the_next_request_on() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    let now = code(&app, "zhang").await;
    let tokens = sign_in(&app, "zhang", &zhang.password, &now).await.unwrap();
    assert_eq!(known_as(&app, &tokens).await, "auditor");
    let (store, at) = (app.store.clone(), app.now());
    let context = Context::operator();
    let ended = tokio::task::spawn_blocking(move || disable_officer(&store, &context, "zhang", at)).await.unwrap();
    assert_eq!(ended.unwrap().sessions, 1);
    assert_eq!(known_as(&app, &tokens).await, "unauthenticated");
    let refreshed = identity::session_refresh(&app, identity::HolderKind::Officer, &tokens.refresh_token, "r").await;
    assert_eq!(refusal(refreshed), "refresh_refused");
    world.pass(30);
    assert_eq!(refusal(sign_in(&app, "zhang", &zhang.password, "000000").await), "sign_in_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_seen_before_is_known_while_the_database_is_away_and_no_other() {
    let world = World::new();
    let mut app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    let (first, second) = (code(&app, "zhang").await, {
        world.pass(30);
        code(&app, "zhang").await
    });
    let seen = sign_in(&app, "zhang", &zhang.password, &first).await.unwrap();
    let unseen = sign_in(&app, "zhang", &zhang.password, &second).await.unwrap();
    assert_eq!(known_as(&app, &seen).await, "auditor");
    take_database(&mut app);
    assert_eq!(known_as(&app, &seen).await, "auditor");
    assert_eq!(known_as(&app, &unseen).await, "unavailable");
    world.pass(906);
    assert_eq!(known_as(&app, &seen).await, "unauthenticated");
}

#[tokio::test]
async fn sign_ins_and_refusals_are_audited_without_names() {
    let world = World::new();
    let app = world.server().await;
    let zhang = officer(&app, "zhang", Role::Auditor).await;
    let now = code(&app, "zhang").await;
    let _ = sign_in(&app, "zhang", WRONG, &now).await;
    let _ = sign_in(&app, "typed-my-password-here", WRONG, &now).await;
    sign_in(&app, "zhang", &zhang.password, &now).await.unwrap();
    let of_zhang = audit_actions(&app, &zhang.public_id).await;
    let actions: Vec<&str> = of_zhang.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(actions, ["officer.created", "session.refused", "session.created"]);
    let of_nobody = audit_actions(&app, "").await;
    assert_eq!(of_nobody, [("session.refused".to_owned(), serde_json::json!({ "reason": "wrong" }))]);
}

#[tokio::test]
async fn a_name_in_use_a_strange_name_and_an_unknown_unit_are_refused() {
    let world = World::new();
    let app = world.server().await;
    officer(&app, "zhang", Role::Administrator).await;
    let (store, at) = (app.store.clone(), app.now());
    tokio::task::spawn_blocking(move || {
        let create = |name, role, unit| refusal(identity::officer_create(&store, name, role, unit, at).map(|_| ()));
        assert_eq!(create("ZHANG", Role::Auditor, None), "conflict");
        assert_eq!(create("a b", Role::Auditor, None), "invalid_field");
        assert_eq!(create("li", Role::Auditor, Some("没有的机构")), "invalid_field");
        assert_eq!(create("li", Role::Resident, None), "invalid_field");
        assert_eq!(create("li", Role::Auditor, None), "accepted");
    })
    .await
    .unwrap();
}
