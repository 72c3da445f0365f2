//! Sign-in of residents and officers, and signed requests.

use chrono::TimeDelta;
use harness::TestService;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_signs_in_refreshes_and_signs_out_everywhere() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    let session = anonymous.post("/api/v1/sessions", json!({ "code": "demo-zhang" })).await.expect(200).body;
    assert_eq!(session["expires_in"], 900);
    let (first, other) = (anonymous.with_tokens(&session), service.resident("zhang").await);
    first.get("/api/v1/warnings").await.expect(200);

    let refreshed =
        anonymous.post("/api/v1/sessions/refresh", json!({ "refresh_token": session["refresh_token"] })).await;
    let second = anonymous.with_tokens(&refreshed.expect(200).body);
    second.get("/api/v1/warnings").await.expect(200);

    second.delete("/api/v1/sessions").await.expect(204);
    for signed_out in [&first, &second, &other] {
        signed_out.get("/api/v1/warnings").await.expect_problem(401, "unauthenticated");
    }
    let refused = json!({ "refresh_token": second.refresh_token });
    anonymous.post("/api/v1/sessions/refresh", refused).await.expect_problem(401, "refresh_refused");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_refresh_token_ends_the_session() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    let stolen = service.resident("zhang").await;
    let token = json!({ "refresh_token": stolen.refresh_token });
    let renewed = anonymous.post("/api/v1/sessions/refresh", token.clone()).await.expect(200).body;
    service.clock.advance(TimeDelta::seconds(60));
    anonymous.post("/api/v1/sessions/refresh", token).await.expect_problem(401, "refresh_refused");
    let renewed = json!({ "refresh_token": renewed["refresh_token"] });
    anonymous.post("/api/v1/sessions/refresh", renewed).await.expect_problem(401, "refresh_refused");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_of_wechat_has_its_own_answer_here() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    // 45009 stops all calls until midnight, so it comes last.
    for (errcode, times, status, code) in [
        (40029, 1, 401, "wechat_code_invalid"),
        (40163, 1, 401, "wechat_code_invalid"),
        (40226, 1, 403, "wechat_user_blocked"),
        (45011, 1, 429, "too_many_requests"),
        (-1, 5, 503, "wechat_unavailable"),
        (40013, 1, 503, "wechat_unavailable"),
        (40125, 1, 503, "wechat_unavailable"),
        (40164, 1, 503, "wechat_unavailable"),
        (45009, 1, 503, "wechat_unavailable"),
    ] {
        service.wechat.reset();
        service.wechat.add_fault("/sns/jscode2session", sandbox::Fault::Errcode(errcode), times);
        let reply =
            anonymous.post("/api/v1/sessions", json!({ "code": "demo-zhang" })).await.expect_problem(status, code);
        if status == 429 || status == 503 {
            assert!(reply.headers.contains_key("retry-after"), "{errcode}: {}", reply.text);
        }
        assert!(!reply.text.contains("demo-zhang"));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_can_neither_lock_an_officer_out_nor_learn_from_guessing() {
    let service = TestService::start().await;
    let officer = service.create_officer("li.lei", "city_lead", None);
    let anonymous = service.anonymous();
    let mut answers = std::collections::BTreeSet::new();
    for n in 0..12 {
        let guess = json!({ "username": "li.lei", "password": format!("guess-{n}-wrong"), "totp": "000000" });
        answers.insert(anonymous.post("/api/v1/console/sessions", guess).await.status.as_u16());
        let unknown = json!({ "username": "nobody", "password": format!("guess-{n}-wrong"), "totp": "000000" });
        answers.insert(anonymous.post("/api/v1/console/sessions", unknown).await.status.as_u16());
    }
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), [401, 429]);
    let session = anonymous.post("/api/v1/console/sessions", officer.credentials(&service)).await.expect(200).body;
    anonymous.with_tokens(&session).get("/api/v1/console/units").await.expect(200);
    let replayed = anonymous.post("/api/v1/console/sessions", officer.credentials(&service)).await;
    assert!([401, 429].contains(&replayed.status.as_u16()), "a one-time code passes once: {}", replayed.text);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_officer_is_refused_at_once() {
    let service = TestService::start().await;
    let officer = service.create_officer("li.lei", "city_lead", None);
    let anonymous = service.anonymous();
    let session = anonymous.post("/api/v1/console/sessions", officer.credentials(&service)).await.expect(200).body;
    let client = anonymous.with_tokens(&session);
    client.get("/api/v1/console/units").await.expect(200);
    let (store, now) = (service.store(), service.clock.now());
    let context = app::Context::operator();
    let disabled = tokio::task::spawn_blocking(move || app::officers::disable_officer(&store, &context, "li.lei", now));
    assert_eq!(disabled.await.unwrap().unwrap().sessions, 1);
    client.get("/api/v1/console/units").await.expect_problem(401, "unauthenticated");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_system_is_known_by_its_signature_and_each_nonce_holds_once() {
    let service = TestService::start().await;
    let created = app::identity::upstream_key_create(&service.store(), "carrier", service.clock.now()).unwrap();
    let body = json!({ "kind": "phone", "value": "96110" }).to_string();
    let timestamp = service.clock.now().timestamp().to_string();
    let signed = |nonce: &str, signed_body: &str| {
        let request = keyring::signature::SignedRequest {
            method: "POST",
            path_and_query: "/api/v1/upstream/checks",
            timestamp: &timestamp,
            nonce,
            body: signed_body.as_bytes(),
        };
        request.sign(created.secret.as_bytes())
    };
    let anonymous = service.anonymous();
    let send = |nonce: &'static str, signature: String| {
        let (anonymous, body, timestamp, key_id) =
            (anonymous.clone(), body.clone(), timestamp.clone(), created.key_id.clone());
        async move {
            let headers = [
                ("x-key-id", key_id.as_str()),
                ("x-timestamp", timestamp.as_str()),
                ("x-nonce", nonce),
                ("x-signature", signature.as_str()),
            ];
            let body = Some(("application/json", body.into_bytes()));
            anonymous.send_with(Method::POST, "/api/v1/upstream/checks", body, &headers).await
        }
    };
    let reply = send("nonce-0001", signed("nonce-0001", &body)).await.expect(200).body;
    assert_eq!(reply["verdict"], "official");
    send("nonce-0001", signed("nonce-0001", &body)).await.expect_problem(401, "signature_refused");
    send("nonce-0002", signed("nonce-0002", "{}")).await.expect_problem(401, "signature_refused");
    service.clock.advance(TimeDelta::seconds(301));
    send("nonce-0003", signed("nonce-0003", &body)).await.expect_problem(401, "signature_refused");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_hold_only_where_they_were_given_for() {
    let service = TestService::start().await;
    let resident = service.resident("zhang").await;
    resident.get("/api/v1/console/units").await.expect_problem(403, "forbidden");
    resident.delete("/api/v1/console/sessions").await.expect_problem(403, "forbidden");
    let mut refreshing = resident.clone();
    refreshing.access_token = resident.refresh_token.clone();
    refreshing.get("/api/v1/warnings").await.expect_problem(401, "unauthenticated");
    let refresh: Value = json!({ "refresh_token": resident.refresh_token });
    service.anonymous().post("/api/v1/console/sessions/refresh", refresh).await.expect_problem(401, "refresh_refused");
    service.clock.advance(TimeDelta::seconds(960));
    resident.get("/api/v1/warnings").await.expect_problem(401, "unauthenticated");
    service.stop().await;
}
