//! A client of the private check: what a mini-program does, for the command line and for the tests.
//!
//! The number stays here. Sent are the first bits of its lookup key; the rest is done with the code of the ordinary check,
//! against lists made of what came back.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use app::{
    AppError,
    check::{CheckReport, Question, check_offline, private::client},
};
use domain::{Subject, SubjectKind};
use reqwest::{StatusCode, header, redirect::Policy};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use web::checks::{OfficialNumbersReply, PrefixRulesReply, PrivateBucketReply};

/// How long a reply may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks privately at one server, as one resident.
#[derive(Debug)]
pub struct PrivateChecker {
    http: reqwest::Client,
    url: String,
    token: String,
    prefix_rules: Mutex<Kept>,
    official_numbers: Mutex<Kept>,
}

/// A small list as it last came, and its tag.
#[derive(Debug, Default)]
struct Kept {
    tag: Option<header::HeaderValue>,
    body: Vec<u8>,
}

impl PrivateChecker {
    /// A client of the server at `url` with a resident's access token.
    pub fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none()).build()?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            prefix_rules: Mutex::default(),
            official_numbers: Mutex::default(),
        })
    }

    /// What the lists say about a phone number or a bank account.
    ///
    /// # Errors
    /// An [`AppError`] for a value that is no such number; a server that does not answer; its refusal in its own words.
    pub async fn check(&self, kind: SubjectKind, value: &str) -> anyhow::Result<CheckReport> {
        ensure!(
            matches!(kind, SubjectKind::Phone | SubjectKind::BankAccount),
            "only phone and bank_account can be checked privately"
        );
        let subject = Subject::parse(kind, value).map_err(|error| AppError::invalid("/value", error.detail))?;
        let bucket: PrivateBucketReply = self.get(&subject.key().prefix().to_string()).await?;
        let bucket = bucket.decoded().context("the server sent an entry of another kind")?;
        let rules: PrefixRulesReply = self.get_kept("prefix-rules", &self.prefix_rules).await?;
        let official: OfficialNumbersReply = self.get_kept("official-numbers", &self.official_numbers).await?;
        let official = official.decoded().context("the server sent a key of another kind")?;
        let lists = client::lists(&bucket, &rules.decoded(), &official)?;
        Ok(check_offline(&lists, &Question::Subject { kind, value: value.to_owned() })?)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let response = self.request(path).send().await.context("the server does not answer")?;
        Ok(serde_json::from_slice(&body(response).await?)?)
    }

    /// A list that is sent again only if it changed.
    async fn get_kept<T: DeserializeOwned>(&self, path: &str, kept: &Mutex<Kept>) -> anyhow::Result<T> {
        let mut kept = kept.lock().await;
        let mut request = self.request(path);
        if let Some(tag) = &kept.tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let response = request.send().await.context("the server does not answer")?;
        if response.status() != StatusCode::NOT_MODIFIED {
            let tag = response.headers().get(header::ETAG).cloned();
            *kept = Kept { body: body(response).await?, tag };
        }
        Ok(serde_json::from_slice(&kept.body)?)
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}/api/v1/checks/private/{path}", self.url)).bearer_auth(&self.token)
    }
}

async fn body(response: reqwest::Response) -> anyhow::Result<Vec<u8>> {
    let status = response.status();
    let body = response.bytes().await.context("the reply was cut off")?;
    if !status.is_success() {
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        bail!("{status}: {}", problem.get("detail").and_then(|detail| detail.as_str()).unwrap_or("(no problem reply)"));
    }
    Ok(body.to_vec())
}
