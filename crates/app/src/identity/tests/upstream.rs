//! Signed requests.

use keyring::signature::SignedRequest;

use super::support::{World, refusal, take_database};
use crate::{
    App,
    identity::{self, SignedParts, UpstreamCredentials},
};

async fn key(app: &App) -> UpstreamCredentials {
    let (store, at) = (app.store.clone(), app.now());
    let created = tokio::task::spawn_blocking(move || identity::upstream_key_create(&store, "移动", at));
    created.await.unwrap().unwrap_or_else(|error| panic!("{error}"))
}

/// Sends `[]` with a nonce, signed now with `secret`.
async fn send(app: &App, key_id: &str, secret: &str, nonce: &str) -> &'static str {
    let timestamp = app.now().timestamp().to_string();
    let request = SignedRequest { method: "POST", path_and_query: "/a?b=c", timestamp: &timestamp, nonce, body: b"[]" };
    let signature = request.sign(secret.as_bytes());
    refusal(verify(app, key_id, &request, &signature).await)
}

async fn verify(
    app: &App,
    key_id: &str,
    request: &SignedRequest<'_>,
    signature: &str,
) -> Result<crate::Upstream, crate::AppError> {
    let SignedRequest { method, path_and_query, timestamp, nonce, body } = *request;
    let parts = SignedParts { key_id, timestamp, nonce, signature, method, path_and_query, body };
    identity::verify_upstream(app, parts).await
}

#[tokio::test]
async fn a_signed_request_passes_once_at_any_server() {
    let world = World::new();
    let (here, elsewhere) = (world.server().await, world.server().await);
    let key = key(&here).await;
    assert_eq!(send(&here, &key.key_id, &key.secret, "nonce-0001").await, "accepted");
    assert_eq!(send(&here, &key.key_id, &key.secret, "nonce-0001").await, "signature_refused");
    assert_eq!(send(&elsewhere, &key.key_id, &key.secret, "nonce-0001").await, "signature_refused");
    assert_eq!(send(&elsewhere, &key.key_id, &key.secret, "nonce-0002").await, "accepted");
}

#[tokio::test]
async fn a_repeated_request_stays_refused_until_its_timestamp_is_too_old() {
    let world = World::new();
    let app = world.server().await;
    let key = key(&app).await;
    let ahead = (app.now().timestamp() + 300).to_string();
    let request =
        SignedRequest { method: "POST", path_and_query: "/", timestamp: &ahead, nonce: "nonce-0001", body: b"" };
    let signature = request.sign(key.secret.as_bytes());
    assert_eq!(refusal(verify(&app, &key.key_id, &request, &signature).await), "accepted");
    for _ in 0..10 {
        world.pass(60);
        identity::prune(&app).await.unwrap();
        assert_eq!(refusal(verify(&app, &key.key_id, &request, &signature).await), "signature_refused");
    }
}

#[tokio::test]
async fn unknown_keys_and_wrong_secrets_are_one_refusal_and_use_up_no_nonce() {
    let world = World::new();
    let app = world.server().await;
    let key = key(&app).await;
    let unknown = keyring::PublicId::random().to_string();
    for (key_id, secret) in
        [(unknown.as_str(), key.secret.as_str()), ("no-id", &key.secret), (&key.key_id, "another secret")]
    {
        assert_eq!(send(&app, key_id, secret, "nonce-0001").await, "signature_refused");
    }
    assert_eq!(send(&app, &key.key_id, &key.secret, "nonce-0001").await, "accepted");
    assert_eq!(send(&app, &key.key_id, &key.secret, "short").await, "signature_refused");
}

#[tokio::test]
async fn a_disabled_key_is_refused_within_a_second() {
    let world = World::new();
    let app = world.server().await;
    let key = key(&app).await;
    assert_eq!(send(&app, &key.key_id, &key.secret, "nonce-0001").await, "accepted");
    let (store, at, key_id) = (app.store.clone(), app.now(), key.key_id.clone());
    let disable = move || {
        let first = identity::upstream_key_disable(&store, &key_id, at);
        (refusal(first), refusal(identity::upstream_key_disable(&store, &key_id, at)))
    };
    assert_eq!(tokio::task::spawn_blocking(disable).await.unwrap(), ("accepted", "not_found"));
    world.pass(1);
    assert_eq!(send(&app, &key.key_id, &key.secret, "nonce-0002").await, "signature_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_signed_requests_wait() {
    let world = World::new();
    let mut app = world.server().await;
    let key = key(&app).await;
    assert_eq!(send(&app, &key.key_id, &key.secret, "nonce-0001").await, "accepted");
    take_database(&mut app);
    assert_eq!(send(&app, &key.key_id, &key.secret, "nonce-0002").await, "unavailable");
}
