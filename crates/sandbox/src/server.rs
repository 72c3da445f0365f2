//! The HTTP server: in a thread of its own for tests, or as a program.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt, web};
use futures_util::future::ready;
use futures_util::{StreamExt, stream};

use crate::call::{Answer, Request};
use crate::control;
use crate::fault::Fault;
use crate::log::Received;
use crate::sms::{self, SentSms};
use crate::state::{Sandbox, Settings};
use crate::wechat::{MediaRule, PushTo, Pushed, Reply, WorkingToken, deliver};

const PAGE: &str = "<html><head><title>502</title></head><body>nginx</body></html>";
const HANG: Duration = Duration::from_secs(600);
const BEFORE_CUT: Duration = Duration::from_millis(20);
const LARGEST_BODY: usize = 1024 * 1024;

/// A running sandbox; it stops when dropped.
pub struct Handle {
    address: SocketAddr,
    sandbox: Arc<Sandbox>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Starts a sandbox with the default [`Settings`] in a thread of its own; port 0 takes a free one.
///
/// # Errors
/// The address can't be listened on.
pub fn start(address: impl ToSocketAddrs) -> io::Result<Handle> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let sandbox = Arc::new(Sandbox::new(Settings::default()));
    let shared = Arc::clone(&sandbox);
    let (started, starting) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        rt::System::new().block_on(async move {
            match build(listener, shared, false) {
                Ok(server) => {
                    // The starter waits; when it is gone, so is the reason to run.
                    if started.send(Ok(server.handle())).is_ok() {
                        let _ = server.await;
                    }
                }
                Err(error) => drop(started.send(Err(error))),
            }
        });
    });
    let server = starting.recv().map_err(io::Error::other)??;
    Ok(Handle { address, sandbox, server, thread: Some(thread) })
}

/// Runs a sandbox until the process is told to stop. `listening` gets the address once it can be called.
///
/// # Errors
/// The address can't be listened on, or the server breaks.
pub fn run(address: SocketAddr, settings: Settings, listening: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    rt::System::new().block_on(async move {
        let server = build(listener, Arc::new(Sandbox::new(settings)), true)?;
        listening(address);
        server.await
    })
}

fn build(listener: TcpListener, sandbox: Arc<Sandbox>, signals: bool) -> io::Result<Server> {
    let data = Data::from(sandbox);
    let make = move || {
        App::new()
            .app_data(data.clone())
            .app_data(PayloadConfig::new(LARGEST_BODY))
            .service(web::scope("/sandbox").configure(control::routes))
            .default_service(web::to(provider))
    };
    let server = HttpServer::new(make).workers(1).shutdown_timeout(1);
    let server = if signals { server } else { server.disable_signals() };
    Ok(server.listen(listener)?.run())
}

async fn provider(request: HttpRequest, body: Bytes, sandbox: Data<Sandbox>) -> HttpResponse {
    let request = Request {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        headers: headers(&request),
        body,
    };
    match sandbox.receive(&request) {
        None => answer(&sandbox, &request),
        Some(Fault::SlowMs(milliseconds)) => {
            rt::time::sleep(Duration::from_millis(milliseconds)).await;
            answer(&sandbox, &request)
        }
        Some(Fault::Errcode(errcode)) => response(Reply::error(errcode).into()),
        Some(Fault::Code(code)) => {
            sms::refusal(&request, &code).map_or_else(|| page(StatusCode::BAD_GATEWAY), response)
        }
        Some(Fault::Hang) => {
            rt::time::sleep(HANG).await;
            page(StatusCode::GATEWAY_TIMEOUT)
        }
        Some(Fault::Html) => page(StatusCode::OK),
        Some(Fault::Status(status)) => page(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)),
        Some(Fault::Cut) => cut(),
    }
}

/// Half an answer, and then the connection is closed.
fn cut() -> HttpResponse {
    let half = stream::once(ready(Ok(Bytes::from_static(br#"{"openid":"o"#))));
    let end = stream::once(async {
        // Without a moment between them the half would be thrown away with the connection.
        rt::time::sleep(BEFORE_CUT).await;
        Err(io::Error::other("cut"))
    });
    HttpResponse::Ok().content_type("text/plain").streaming(half.chain(end))
}

fn headers(request: &HttpRequest) -> HashMap<String, String> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

fn answer(sandbox: &Data<Sandbox>, request: &Request) -> HttpResponse {
    let answer = sandbox.answer(request);
    for job in sandbox.take_media_jobs() {
        rt::spawn(deliver(sandbox.clone(), job));
    }
    match answer {
        Some(answer) => response(answer),
        None => page(StatusCode::NOT_FOUND),
    }
}

fn response(Answer { status, content_type, body }: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).insert_header(("Content-Type", content_type)).body(body)
}

fn page(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).content_type("text/html").body(PAGE)
}

impl Handle {
    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address to configure as the provider's: `http://…`, without a final slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A login code as `wx.login` would give, of `openid` or of somebody new.
    #[must_use]
    pub fn create_code(&self, openid: Option<&str>) -> String {
        self.sandbox.create_code(openid).0
    }

    /// A code as the button "get phone number" would give: single use, for five minutes. With an openid it is that
    /// person's only.
    #[must_use]
    pub fn create_phone_code(&self, country_code: &str, number: &str, openid: Option<&str>) -> String {
        self.sandbox.create_phone_code(country_code, number, openid)
    }

    /// From now on WeChat holds `openid` for this risky, 0 to 4. Others have rank 0.
    pub fn set_risk_rank(&self, openid: &str, rank: u8) {
        self.sandbox.set_risk_rank(openid, rank);
    }

    /// From now on WeChat tells this address what happened.
    pub fn push_to(&self, target: PushTo) {
        self.sandbox.push_to(target);
    }

    /// What WeChat thinks of pictures that fit; the first rule that fits counts, and who fits none passes.
    pub fn add_media_rule(&self, rule: MediaRule) {
        self.sandbox.add_media_rule(rule);
    }

    /// Waits until WeChat has looked at all pictures it was asked about, ten seconds at most; what it told so far. Blocks.
    #[must_use]
    pub fn settled(&self) -> Vec<Pushed> {
        self.sandbox.wait_for_media(Duration::from_secs(10))
    }

    /// All access tokens that work now.
    #[must_use]
    pub fn working_tokens(&self) -> Vec<WorkingToken> {
        self.sandbox.working_tokens()
    }

    /// The texts that the stand-ins of the vendors of SMS took so far, oldest first.
    #[must_use]
    pub fn sent_sms(&self) -> Vec<SentSms> {
        self.sandbox.sent_sms()
    }

    /// The next `times` calls of `path` meet `fault`, after the faults asked for before.
    pub fn add_fault(&self, path: &str, fault: Fault, times: u32) {
        self.sandbox.add_fault(path, fault, times);
    }

    /// The calls of providers' paths so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.sandbox.received()
    }

    /// How often each path was called.
    #[must_use]
    pub fn counters(&self) -> BTreeMap<String, u64> {
        self.sandbox.counters()
    }

    /// From now on the stand-ins' time is what `clock` says, in milliseconds since 1970; only the first one counts.
    pub fn follow(&self, clock: impl Fn() -> u64 + Send + Sync + 'static) {
        self.sandbox.follow(Box::new(clock));
    }

    /// Moves the stand-ins' clock on.
    pub fn advance(&self, by: Duration) {
        self.sandbox.advance(by);
    }

    /// Forgets codes, tokens, ranks, texts, faults, calls and the moved clock.
    pub fn reset(&self) {
        self.sandbox.reset();
    }

    /// Stops the server; open connections are closed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for the end, as the join does.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
