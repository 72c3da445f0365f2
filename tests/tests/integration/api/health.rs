//! /health, /metrics and the documentation page.

use harness::TestService;

#[tokio::test(flavor = "multi_thread")]
async fn the_service_says_how_it_is() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    anonymous.get("/health/live").await.expect(200);
    let ready = anonymous.get("/health/ready").await.expect(200).body;
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["database"], "answers");
    assert!(ready["list_version"].as_u64().unwrap() > 0, "the built-in allowlist is effective: {ready}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_requests_by_route_without_personal_data() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    anonymous.get("/api/v1/warnings?cursor=secret-word").await.expect(401);
    let metrics = anonymous.get("/metrics").await.expect(200).text;
    assert!(metrics.contains("http_requests_total{route=\"/api/v1/warnings\",status=\"401\"}"), "{metrics}");
    assert!(!metrics.contains("secret-word"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_is_served() {
    let service = TestService::start().await;
    let anonymous = service.anonymous();
    let document = anonymous.get("/api/openapi.json").await.expect(200).body;
    assert!(document["paths"]["/api/v1/checks"]["post"].is_object());
    assert!(anonymous.get("/api/docs/").await.expect(200).text.contains("swagger"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_leaves_one_access_line_that_names_the_route_alone() {
    let service = TestService::start().await;
    let log = service.config.log.file.clone();
    let reply = service.anonymous().get("/api/v1/warnings?cursor=secret-word").await.expect(401);
    let id = reply.headers["x-request-id"].to_str().unwrap().to_owned();
    let _data_dir = service.stop().await;
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().filter(|line| line.contains(&id)).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["route"], "/api/v1/warnings");
    assert_eq!(lines[0]["status"], 401);
    assert!(!text.contains("secret-word"));
}
