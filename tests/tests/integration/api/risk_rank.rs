//! What WeChat thinks of who signs up (`registration.risk_rank`): a reason to look, never one to turn somebody away.

use harness::{Client, TestService};
use sandbox::Fault;
use serde_json::{Value, json};

use super::people::{self, COUNTY, VILLAGE};

const RISK: &str = "/wxa/getuserriskrank";
const REVIEWS: &str = "/api/v1/console/sign-up-reviews";

async fn service() -> TestService {
    people::service_with(|config| config.registration.risk_rank = true).await
}

/// Somebody with a proved phone whom WeChat gives this rank, about to register.
async fn ranked(service: &TestService, rank: u8) -> Client {
    let openid = format!("oRanked{rank}");
    service.wechat.set_risk_rank(&openid, rank);
    let code = service.wechat.create_code(Some(&openid));
    let session = service.anonymous().post("/api/v1/sessions", json!({ "code": code })).await.expect(200);
    let client = service.anonymous().with_tokens(&session.body);
    people::prove(&client, &format!("1380013800{rank}")).await.expect(200);
    client
}

async fn register(client: &Client) -> Value {
    client.post("/api/v1/registrations", people::registration(VILLAGE)).await.expect(200).body
}

#[tokio::test(flavor = "multi_thread")]
async fn who_ranks_high_is_held_for_review_and_neither_counted_nor_dropped() {
    let service = service().await;
    for rank in [0, 1, 2] {
        let me = register(&ranked(&service, rank).await).await;
        assert_eq!(me["protected"], true, "rank {rank}: {me}");
    }
    let (third, fourth) = (ranked(&service, 3).await, ranked(&service, 4).await);
    for client in [&third, &fourth] {
        let me = register(client).await;
        assert_eq!((me["registered"].as_bool(), me["protected"].as_bool()), (Some(true), Some(false)));
        assert_eq!(people::missing(&me), ["review"]);
    }
    assert_eq!(people::counts(&service, VILLAGE).await, (3, 3));
    // The person's own address and phone went along.
    let asked = service.wechat.received().into_iter().rfind(|call| call.path == RISK).unwrap();
    let asked: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!((&asked["client_ip"], &asked["mobile_no"]), (&json!("127.0.0.1"), &json!("13800138004")));
    assert_eq!((&asked["openid"], &asked["scene"]), (&json!("oRanked4"), &json!(0)));

    let reviewer = people::officer(&service, "county_reviewer").await;
    let waiting = reviewer.get(REVIEWS).await.expect(200).body;
    let reasons: Vec<&Value> = waiting["items"].as_array().unwrap().iter().map(|one| &one["reasons"]).collect();
    assert_eq!(reasons, [&json!(["risk_rank"]), &json!(["risk_rank"])]);
    for (review, accept) in [(0, true), (1, false)] {
        let path = format!("{REVIEWS}/{}/decision", waiting["items"][review]["id"].as_str().unwrap());
        reviewer.put(&path, json!({ "accept": accept })).await.expect(204);
    }
    assert_eq!(third.get("/api/v1/me").await.expect(200).body["protected"], true);
    assert_eq!(people::missing(&fourth.get("/api/v1/me").await.expect(200).body), ["review"]);
    assert_eq!(people::counts(&service, COUNTY).await, (4, 4));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_not_in_the_mini_program_lately_is_held_too() {
    let service = service().await;
    let script = ranked(&service, 0).await;
    service.wechat.add_fault(RISK, Fault::Errcode(61010), 1);
    assert_eq!(people::missing(&register(&script).await), ["review"]);
    let waiting = people::officer(&service, "county_reviewer").await.get(REVIEWS).await.expect(200).body;
    assert_eq!(waiting["items"][0]["reasons"], json!(["no_recent_visit"]));
    people::end(service).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_registration_is_stopped_by_a_wechat_that_refuses_or_does_not_answer() {
    let refusals = [-1, 43104, 45009, 48001].map(Fault::Errcode);
    let silences = [Fault::Status(503), Fault::Html, Fault::Cut, Fault::Hang];
    for fault in refusals.into_iter().chain(silences) {
        let service = service().await;
        let client = ranked(&service, 4).await;
        // Also for whatever our client tries again.
        service.wechat.add_fault(RISK, fault.clone(), 10);
        let me = register(&client).await;
        assert_eq!(me["protected"], true, "{fault:?}: {me}");
        assert!(service.wechat.counters().get(RISK).is_some_and(|asked| *asked > 0), "{fault:?}");
        assert_eq!(people::counts(&service, VILLAGE).await, (1, 1));
        people::end(service).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wechat_is_not_asked_unless_the_operator_says_so() {
    let service = people::service().await;
    assert_eq!(register(&ranked(&service, 4).await).await["protected"], true);
    assert!(!service.wechat.counters().contains_key(RISK));
    people::end(service).await;
}
