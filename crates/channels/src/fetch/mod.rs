//! The one way in which the program fetches addresses that strangers name: links that residents were sent, sites whose
//! owners object.
//!
//! Players: [`SafeFetch`] walks from an address along its redirects; `target` refuses what may not be asked, [`is_public`]
//! knows the addresses of the inside, `names` gives the HTTP client only addresses that were looked at, `page` finds
//! redirects that pages make by themselves.
//!
//! What holds at every hop: http or https on ports 80 and 443; no address that is not of the public Internet, however it is
//! spelled and whatever a name leads to; the connection goes to the very address that was checked. No proxy of the
//! environment, no cookies, no referer, no user or password. Over all hops one deadline and a limit of hops; of a body at
//! most a cap is read, and no compression is asked for or undone.

mod inside;
mod names;
mod page;
mod target;

use std::{error::Error as _, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, Response, Url,
    header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
    redirect::Policy,
};

pub use inside::is_public;
use names::{CheckedNames, InsideName, NoSuchName, STAND_IN_NAME};
pub use names::{Resolver, Resolving, ResolvingTexts, SystemResolver};

use crate::http::ClientError;

/// Bounds of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchSettings {
    /// For the whole fetch, all hops included.
    pub deadline: Duration,
    /// Redirects that are followed.
    pub hops: usize,
    /// Most bytes that are read of a body.
    pub largest_body: usize,
    /// Ports that may be asked. Others than 80 and 443 are for tests.
    pub ports: Vec<u16>,
    /// What the program calls itself.
    pub user_agent: String,
    /// For tests and demos: connections to addresses of the public Internet are made to this one instead. What is refused
    /// is refused as ever.
    pub stand_in: Option<SocketAddr>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(3),
            hops: 5,
            largest_body: 256 * 1024,
            ports: vec![80, 443],
            user_agent: "Mozilla/5.0".to_owned(),
            stand_in: None,
        }
    }
}

/// Why a fetch went no further. Holds nothing of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no http or https address.
    #[error("this is not a web address")]
    NotAnAddress,
    /// Its port is not one of the web.
    #[error("this port is not asked")]
    ForbiddenPort,
    /// It is, or its name leads to, an address of the inside.
    #[error("this address is not of the public Internet")]
    Inside,
    /// Its name has no address.
    #[error("there is no such host")]
    NoSuchHost,
    /// Nobody answers there, or not with a valid certificate.
    #[error("no connection")]
    Connect,
    /// The deadline passed.
    #[error("not done in time")]
    TimedOut,
    /// The answer broke off or was not HTTP.
    #[error("the answer breaks off")]
    Cut,
    /// The body is longer than is read.
    #[error("the body is too long")]
    TooLarge,
    /// More redirects than are followed.
    #[error("too many redirects")]
    TooManyHops,
    /// A redirect to where the way has been.
    #[error("the redirects go round in circles")]
    Loop,
}

/// The way from a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Where it was sent on to, in order, without the address it began with; the last one too where that was not reached.
    /// At most as many as hops are followed.
    pub hops: Vec<Url>,
    /// Whether the last of them answered and sends no further.
    pub end: Result<(), FetchError>,
}

/// A file that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// From where, after redirects.
    pub url: Url,
    /// The HTTP status.
    pub status: u16,
    /// At most as long as is read.
    pub body: Vec<u8>,
}

/// What a walk is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To see where a link leads: pages may send on, and the beginning of a long one is enough.
    Trail,
    /// To have a file: only HTTP sends on, and a part of it is nothing.
    File,
}

/// Fetches addresses that strangers name. Cheap to share, costly to make.
pub struct SafeFetch {
    client: Client,
    settings: FetchSettings,
    resolver: Arc<dyn Resolver>,
}

impl SafeFetch {
    /// A fetcher that asks `resolver` for the addresses of names.
    ///
    /// # Errors
    /// When the HTTP client can't be made: no TLS on this machine.
    pub fn new(settings: FetchSettings, resolver: Arc<dyn Resolver>) -> Result<Self, ClientError> {
        let names = CheckedNames { resolver: resolver.clone(), stand_in: settings.stand_in };
        let builder = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            // Each hop resolves and checks anew: no connection is kept for another.
            .pool_max_idle_per_host(0)
            .dns_resolver(names)
            .user_agent(&settings.user_agent)
            .default_headers(headers())
            // Half, so that http has its turn where nobody answers by https.
            .connect_timeout(settings.deadline / 2)
            .timeout(settings.deadline);
        Ok(Self { client: builder.build().map_err(ClientError)?, settings, resolver })
    }

    /// Where `address` leads. One without a scheme is asked by https, and by http where nobody answers to that.
    pub async fn follow(&self, address: &str) -> Trail {
        let mut hops = Vec::new();
        let walk = self.walk_from(address, &mut hops);
        let end = tokio::time::timeout(self.settings.deadline, walk).await.unwrap_or(Err(FetchError::TimedOut));
        Trail { hops, end }
    }

    /// The file at `address`, after redirects by HTTP alone.
    ///
    /// # Errors
    /// As [`FetchError`] says; a status other than success is no error.
    pub async fn get(&self, address: &str) -> Result<Page, FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::NotAnAddress)?;
        let mut hops = Vec::new();
        let walk = self.walk(url, &mut hops, Purpose::File);
        tokio::time::timeout(self.settings.deadline, walk).await.unwrap_or(Err(FetchError::TimedOut))
    }

    /// The TXT records of a name.
    ///
    /// # Errors
    /// `NoSuchHost` where nobody can tell, `TimedOut` after the deadline.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, FetchError> {
        match tokio::time::timeout(self.settings.deadline, self.resolver.texts(name)).await {
            Ok(found) => found.map_err(|_| FetchError::NoSuchHost),
            Err(_) => Err(FetchError::TimedOut),
        }
    }

    async fn walk_from(&self, address: &str, hops: &mut Vec<Url>) -> Result<(), FetchError> {
        let parsed = |text: &str| Url::parse(text).map_err(|_| FetchError::NotAnAddress);
        if names_scheme(address) {
            return self.walk(parsed(address)?, hops, Purpose::Trail).await.map(drop);
        }
        let by_https = self.walk(parsed(&format!("https://{address}"))?, hops, Purpose::Trail).await;
        if by_https == Err(FetchError::Connect) && hops.is_empty() {
            return self.walk(parsed(&format!("http://{address}"))?, hops, Purpose::Trail).await.map(drop);
        }
        by_https.map(drop)
    }

    async fn walk(&self, start: Url, hops: &mut Vec<Url>, purpose: Purpose) -> Result<Page, FetchError> {
        let mut at = target::plain(start);
        let mut seen = vec![at.clone()];
        loop {
            target::check(&at, &self.settings.ports)?;
            let (page, sent_to) = self.hop(&at, purpose).await?;
            // What is no address leads nowhere: the way ends here.
            let Some(next) = sent_to.and_then(|text| at.join(&text).ok()).map(target::plain) else {
                return Ok(page);
            };
            if hops.len() >= self.settings.hops {
                return Err(FetchError::TooManyHops);
            }
            if seen.contains(&next) {
                return Err(FetchError::Loop);
            }
            // Known from here on, whether or not it may be asked and answers.
            hops.push(next.clone());
            seen.push(next.clone());
            at = next;
        }
    }

    /// One answer, and where it sends on to.
    async fn hop(&self, url: &Url, purpose: Purpose) -> Result<(Page, Option<String>), FetchError> {
        let response = self.client.get(self.diverted(url)).send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let empty = Page { url: url.clone(), status, body: Vec::new() };
        if let Some(location) = location(&response) {
            return Ok((empty, Some(location)));
        }
        if purpose == Purpose::Trail && !may_be_page(response.headers()) {
            return Ok((empty, None));
        }
        let body = self.read(response, purpose).await?;
        let sent_to = if purpose == Purpose::Trail { page::sends_to(&body) } else { None };
        Ok((Page { body, ..empty }, sent_to))
    }

    async fn read(&self, mut response: Response, purpose: Purpose) -> Result<Vec<u8>, FetchError> {
        let largest = self.settings.largest_body;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            let room = largest.saturating_sub(body.len());
            body.extend(chunk.iter().take(room));
            if chunk.len() > room {
                return if purpose == Purpose::File { Err(FetchError::TooLarge) } else { Ok(body) };
            }
        }
        Ok(body)
    }

    /// The client connects to IP literals without asking the resolver: before a stand-in, public ones get a name.
    fn diverted(&self, url: &Url) -> Url {
        let mut diverted = url.clone();
        if self.settings.stand_in.is_some() && target::literal(url).is_some_and(is_public) {
            let _ = diverted.set_host(Some(STAND_IN_NAME));
        }
        diverted
    }
}

/// Whether an address begins with a scheme; `://` may also stand in a query.
fn names_scheme(address: &str) -> bool {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
}

fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8"));
    headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("zh-CN,zh;q=0.9"));
    headers
}

/// Where HTTP sends on to: RFC 9110, 15.4, of which 300 and 304 name no one place.
fn location(response: &Response) -> Option<String> {
    let redirects = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let value = response.headers().get(LOCATION).filter(|_| redirects)?;
    // Chinese hosts and paths come unescaped.
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Whether the body may be a page that sends on; who says nothing is read as browsers read it.
fn may_be_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_none_or(|kind| {
        let kind = kind.trim_start().to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml")
    })
}

/// The error itself is dropped: it carries the address.
fn failure(error: &reqwest::Error) -> FetchError {
    let mut cause = error.source();
    while let Some(found) = cause {
        if found.is::<InsideName>() {
            return FetchError::Inside;
        }
        if found.is::<NoSuchName>() {
            return FetchError::NoSuchHost;
        }
        cause = found.source();
    }
    if error.is_connect() {
        FetchError::Connect
    } else if error.is_timeout() {
        FetchError::TimedOut
    } else {
        FetchError::Cut
    }
}
