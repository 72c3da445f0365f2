//! Any bytes on any route give a 4xx with a clear reason, never a 5xx.

use harness::TestService;
use proptest::{prelude::*, strategy::ValueTree as _};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_with_their_reason() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    let post = |content_type: &'static str, body: Vec<u8>| {
        anonymous.send(Method::POST, "/api/v1/checks", Some((content_type, body)))
    };
    post("application/json", b"{\"kind\":".to_vec()).await.expect_problem(400, "malformed_request");
    post("application/json", vec![0xFF, 0xFE, 0x00]).await.expect_problem(400, "malformed_request");
    post("application/json", Vec::new()).await.expect_problem(400, "malformed_request");
    post("text/plain", b"{}".to_vec()).await.expect_problem(415, "unsupported_media_type");
    post("application/json", vec![b' '; 65 * 1024]).await.expect_problem(413, "body_too_large");
    let deep = "[".repeat(10_000);
    post("application/json", deep.into_bytes()).await.expect_problem(400, "malformed_request");
    let compressed = [("content-encoding", "br")];
    let body = Some(("application/json", b"{}".to_vec()));
    anonymous
        .send_with(Method::POST, "/api/v1/checks", body, &compressed)
        .await
        .expect_problem(415, "unsupported_media_type");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_say_so() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    anonymous.get("/api/v1/nothing-here").await.expect_problem(404, "not_found");
    let reply = anonymous.delete("/api/v1/checks").await.expect_problem(405, "method_not_allowed");
    assert_eq!(reply.headers["allow"], "POST");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_is_refused() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    for value in ["Bearer", "Bearer x", "Basic eDp5", "Bearer a.b.c", "bearer \u{7f}"] {
        let Ok(_) = reqwest::header::HeaderValue::from_str(value) else { continue };
        let headers = [("authorization", value)];
        let reply = anonymous.send_with(Method::GET, "/api/v1/warnings", None, &headers).await;
        reply.expect_problem(401, "unauthenticated");
    }
    service.stop().await;
}

/// Arbitrary bodies on every documented operation, from one service.
#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_make_a_server_error() {
    let service = TestService::start().await;
    let document: serde_json::Value = serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap();
    let resident = service.resident("zhang").await;
    let lead = service.officer("city_lead", None).await;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let bodies = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "\\PC{0,80}".prop_map(String::into_bytes),
        proptest::collection::vec("[a-z_]{1,12}", 0..6).prop_map(|names| {
            let object: serde_json::Map<_, _> = names.into_iter().map(|name| (name, json!([1, null, "x"]))).collect();
            serde_json::Value::Object(object).to_string().into_bytes()
        }),
    ];
    // Signing out comes last: after it every call is a 401.
    let mut paths: Vec<_> = document["paths"].as_object().unwrap().iter().collect();
    paths.sort_by_key(|(path, _)| path.ends_with("/sessions"));
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            for round in 0..12 {
                let body = bodies.new_tree(&mut runner).unwrap().current();
                let segment = ["%00", "411600000000", "ffffffffffffffffffffffffffffffff", "..%2f", "%F0%9F"][round % 5];
                let path =
                    path.split('/').map(|part| if part.starts_with('{') { segment } else { part }).collect::<Vec<_>>();
                let content_type = ["application/json", "text/csv", "application/octet-stream"][round % 3];
                let caller = if round % 2 == 0 { &resident } else { &lead };
                let reply = caller.send(method.clone(), &path.join("/"), Some((content_type, body.clone()))).await;
                assert!(reply.status.as_u16() < 500, "{method} {path:?} {body:?}: {}", reply.text);
            }
        }
    }
    service.stop().await;
}
