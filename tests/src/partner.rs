//! A partner whose requests are signed.

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Reply, TestService};

/// An upstream system with its key.
pub struct Partner {
    client: Client,
    key_id: String,
    secret: String,
}

impl TestService {
    /// A partner of this name with a new key.
    pub fn partner(&self, name: &str) -> Partner {
        let created = app::identity::upstream_key_create(&self.store(), name, self.clock.now()).expect("a key");
        Partner { client: self.anonymous(), key_id: created.key_id.to_string(), secret: created.secret }
    }
}

impl Partner {
    /// Sends a signed POST with a nonce of its own.
    pub async fn post(&self, service: &TestService, path: &str, body: &Value) -> Reply {
        let (body, timestamp) = (body.to_string(), service.clock.now().timestamp().to_string());
        let nonce = format!("{:032x}", rand::random::<u128>());
        let request = keyring::signature::SignedRequest {
            method: "POST",
            path_and_query: path,
            timestamp: &timestamp,
            nonce: &nonce,
            body: body.as_bytes(),
        };
        let signature = request.sign(self.secret.as_bytes());
        let headers = [
            ("x-key-id", self.key_id.as_str()),
            ("x-timestamp", timestamp.as_str()),
            ("x-nonce", nonce.as_str()),
            ("x-signature", signature.as_str()),
        ];
        self.client.send_with(Method::POST, path, Some(("application/json", body.into_bytes())), &headers).await
    }
}
