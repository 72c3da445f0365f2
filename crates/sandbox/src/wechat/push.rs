//! Pushes to whoever wants to know: signed, and sealed where a key was set (page `message-push`).

use std::time::Duration;

use actix_web::web::Data;
use aes::Aes256;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::media::MediaJob;
use super::random_text;
use crate::state::Sandbox;

const ENGINE: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
/// Padding goes up to a multiple of this.
const PADDED_TO: usize = 32;
/// How often a push is tried that nobody acknowledges, and how long it waits for that.
const TRIES: usize = 3;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Where WeChat pushes, and what proves that it is WeChat.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PushTo {
    /// The address.
    pub url: String,
    /// The token.
    pub token: String,
    /// The EncodingAESKey; plain without one.
    #[serde(default)]
    pub aes_key: Option<String>,
    /// XML instead of JSON.
    #[serde(default)]
    pub xml: bool,
}

/// A push that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// The address with its query.
    pub url: String,
    /// The body.
    pub body: String,
    /// The status of the last answer; 0 where none came.
    pub status: u16,
    /// The bytes of the picture it is about; 0 where it could not be fetched.
    pub fetched: usize,
}

/// Whether this can be an EncodingAESKey.
pub(crate) fn is_aes_key(key: &str) -> bool {
    key_bytes(key).is_some()
}

/// Fetches a picture, looks at it and tells what it is.
pub(crate) async fn deliver(sandbox: Data<Sandbox>, job: MediaJob) {
    let picture = fetch(&job.url).await;
    let event = sandbox.media_event(&job, picture.as_deref());
    let pushed = match event {
        Some((target, event)) => {
            let (url, body) = target.request(sandbox.app_id(), &event, sandbox.seconds());
            let status = post(&url, &body).await;
            Some(Pushed { url, body, status, fetched: picture.map_or(0, |picture| picture.len()) })
        }
        None => None,
    };
    sandbox.media_done(pushed);
}

async fn fetch(url: &str) -> Option<Vec<u8>> {
    let answer = client()?.get(url).send().await.ok()?;
    let answer = answer.error_for_status().ok()?;
    answer.bytes().await.ok().map(|bytes| bytes.to_vec())
}

async fn post(url: &str, body: &str) -> u16 {
    let Some(client) = client() else { return 0 };
    let mut status = 0;
    for _ in 0..TRIES {
        if let Ok(answer) = client.post(url).body(body.to_owned()).send().await {
            status = answer.status().as_u16();
            if status == 200 {
                break;
            }
        }
    }
    status
}

fn client() -> Option<reqwest::Client> {
    reqwest::Client::builder().no_proxy().timeout(ANSWER_WITHIN).build().ok()
}

impl PushTo {
    /// The address with its query, and the body.
    fn request(&self, app_id: &str, event: &Value, seconds: u64) -> (String, String) {
        let (timestamp, nonce) = (seconds.to_string(), rand::random::<u32>().to_string());
        let plain = if self.xml { xml("xml", event) } else { event.to_string() };
        let signature = signature([&self.token, &timestamp, &nonce]);
        let mut url = format!("{}?signature={signature}&timestamp={timestamp}&nonce={nonce}", self.url);
        let Some(sealed) = self.aes_key.as_deref().and_then(|key| seal(key, plain.as_bytes(), app_id)) else {
            return (url, plain);
        };
        let signature = self::signature([&self.token, &timestamp, &nonce, &sealed]);
        url.push_str(&format!("&encrypt_type=aes&msg_signature={signature}"));
        let body = json!({ "ToUserName": event["ToUserName"], "Encrypt": sealed });
        (url, if self.xml { xml("xml", &body) } else { body.to_string() })
    }
}

fn signature<const PARTS: usize>(mut parts: [&str; PARTS]) -> String {
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}

fn key_bytes(key: &str) -> Option<[u8; 32]> {
    if key.len() != 43 {
        return None;
    }
    ENGINE.decode(format!("{key}=")).ok()?.try_into().ok()
}

fn seal(key: &str, message: &[u8], app_id: &str) -> Option<String> {
    let key = key_bytes(key)?;
    let mut plain = random_text::<12>().into_bytes();
    plain.extend_from_slice(&u32::try_from(message.len()).ok()?.to_be_bytes());
    plain.extend_from_slice(message);
    plain.extend_from_slice(app_id.as_bytes());
    let pad = PADDED_TO - plain.len() % PADDED_TO;
    plain.resize(plain.len() + pad, u8::try_from(pad).ok()?);
    let length = plain.len();
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(&key, key.get(..16)?).ok()?;
    Some(STANDARD.encode(cipher.encrypt_padded::<NoPadding>(&mut plain, length).ok()?))
}

/// Fields as elements, lists as repeated ones, texts as CDATA.
fn xml(name: &str, value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(|value| xml(name, value)).collect(),
        Value::Object(fields) => {
            let inside: String = fields.iter().map(|(name, value)| xml(name, value)).collect();
            format!("<{name}>{inside}</{name}>")
        }
        Value::String(text) => format!("<{name}><![CDATA[{text}]]></{name}>"),
        other => format!("<{name}>{other}</{name}>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer that the vendor's page publishes for a signature over a sealed text.
    #[test]
    fn parts_are_sorted_before_they_are_hashed() {
        let sealed = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
        let signed = signature(["AAAAA", "1713424427", "415670741", sealed]);
        assert_eq!(signed, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
    }

    #[test]
    fn lists_become_repeated_elements() {
        let value = json!({ "a": [{ "b": 1 }, { "b": 2 }], "c": "d" });
        assert_eq!(xml("xml", &value), "<xml><a><b>1</b></a><a><b>2</b></a><c><![CDATA[d]]></c></xml>");
    }
}
