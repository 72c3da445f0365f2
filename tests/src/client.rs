//! A caller.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

/// One caller of the service, with its tokens if it is signed in.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    /// The access token sent with each request.
    pub access_token: Option<String>,
    /// The refresh token of the session.
    pub refresh_token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null where it is none.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Reply {
    /// The reply, if it has this status; a failure that shows the reply otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "unexpected reply: {}", self.text);
        self
    }

    /// Asserts a problem reply with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status);
        assert_eq!(reply.body["code"], code, "{}", reply.text);
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        reply
    }
}

impl Client {
    /// Somebody who is not signed in.
    pub fn anonymous(url: &str) -> Self {
        // The server closes what is idle for five seconds; a request just then would be lost.
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(1)).build().unwrap();
        Self { http, url: url.to_owned(), access_token: None, refresh_token: None }
    }

    /// The same caller with these tokens.
    pub fn with_tokens(&self, session: &Value) -> Self {
        let token = |name: &str| Some(session[name].as_str().expect("a token").to_owned());
        Self { access_token: token("access_token"), refresh_token: token("refresh_token"), ..self.clone() }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// PATCH with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await
    }

    /// Any method, any body.
    pub async fn send(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Reply {
        self.send_with(method, path, body, &[]).await
    }

    /// POST that may be cut off: nothing comes back then.
    pub async fn try_post(&self, path: &str, body: Value) -> Option<StatusCode> {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        let request = match &self.access_token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.ok().map(|response| response.status())
    }

    /// Any method, any body, more headers.
    pub async fn send_with(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let response = self.open(method, path, body, headers).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// The same with the body of the reply still to be read; dropping it drops the connection.
    pub async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> reqwest::Response {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.access_token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((content_type, bytes)) = body {
            request = request.header("content-type", content_type).body(bytes);
        }
        request.send().await.expect("a reply")
    }
}
