//! One HTTP client for all providers: no redirects, no proxy of the environment, no cookies, deadlines and a cap on what
//! is read.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode};

/// How long to wait and how much to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For a whole call, repeats included.
    pub total: Duration,
    /// The longest body that is read, in bytes.
    pub largest_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), total: Duration::from_secs(8), largest_body: 256 * 1024 }
    }
}

/// What kept an answer from being read. Holds nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportFailure {
    /// No connection: the provider never saw the request.
    #[error("can't connect to the provider")]
    Connect,
    /// No answer, or not all of it, in time. The provider may have acted.
    #[error("the provider does not answer in time")]
    TimedOut,
    /// The connection broke before the answer was complete. The provider may have acted.
    #[error("the provider's answer breaks off")]
    Cut,
    /// The answer is longer than the cap.
    #[error("the provider's answer is too long")]
    TooLarge,
    /// An HTTP status other than success; redirects are not followed.
    #[error("the provider answers with HTTP status {0}")]
    Status(u16),
    /// A success that is not what the provider documents: a page of a portal, a missing field.
    #[error("the provider's answer is not the documented JSON")]
    Malformed,
}

impl TransportFailure {
    /// Whether the same request may well succeed in a moment and may be repeated without asking.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Connect | Self::Status(500..=599))
    }
}

/// The HTTP client can't be made: no TLS on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client can't be made")]
pub struct ClientError(#[source] pub(crate) reqwest::Error);

/// An answer that came whole.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Whether the content type calls it JSON.
    pub(crate) calls_itself_json: bool,
    /// At most as long as the caller reads.
    pub(crate) body: Vec<u8>,
}

/// The client with its limits.
pub(crate) struct ProviderClient {
    client: Client,
}

impl ProviderClient {
    pub(crate) fn new(limits: &Limits) -> Result<Self, ClientError> {
        let builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            // Shorter than servers keep idle connections, so a request seldom meets one that just closed.
            .pool_idle_timeout(Duration::from_secs(15));
        Ok(Self { client: builder.build().map_err(ClientError)? })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A successful answer of at most `largest` bytes.
    pub(crate) async fn send(&self, request: RequestBuilder, largest: usize) -> Result<Answer, TransportFailure> {
        let response = request.send().await.map_err(|error| failure(&error))?;
        if response.status() != StatusCode::OK {
            return Err(TransportFailure::Status(response.status().as_u16()));
        }
        read(response, largest).await
    }

    /// An answer of whatever status, of at most `largest` bytes: some providers say why they refuse under 4xx.
    pub(crate) async fn send_any(&self, request: RequestBuilder, largest: usize) -> Result<Answer, TransportFailure> {
        read(request.send().await.map_err(|error| failure(&error))?, largest).await
    }
}

async fn read(mut response: Response, largest: usize) -> Result<Answer, TransportFailure> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let calls_itself_json = content_type.is_some_and(|text| text.trim_start().starts_with("application/json"));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > largest {
            return Err(TransportFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, calls_itself_json, body })
}

/// The error itself is dropped: it carries the address with its secrets.
fn failure(error: &reqwest::Error) -> TransportFailure {
    if error.is_connect() {
        TransportFailure::Connect
    } else if error.is_timeout() {
        TransportFailure::TimedOut
    } else {
        TransportFailure::Cut
    }
}
