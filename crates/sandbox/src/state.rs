//! All a running sandbox knows.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::call::{Answer, Request};
use crate::fault::{Fault, Faults};
use crate::log::{Log, Received};
use crate::sms::{SentSms, Sms};
use crate::wechat::{MediaJob, MediaRule, PushTo, Pushed, WeChat, WorkingToken};

/// Whom the stand-in WeChat knows. The defaults are made up and public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The app id of the mini-program.
    pub app_id: String,
    /// Its secret.
    pub secret: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { app_id: "wx5a4d50b0e11d0001".to_owned(), secret: "5a4d50b0e11d5ec2e75a4d50b0e11d5e".to_owned() }
    }
}

/// A clock of the caller's: milliseconds since 1970.
pub type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// Shared by the server and the one who steers it.
pub(crate) struct Sandbox {
    settings: Settings,
    clock: OnceLock<Clock>,
    inner: Mutex<Inner>,
    delivered: Condvar,
}

struct Inner {
    ahead: Duration,
    faults: Faults,
    log: Log,
    wechat: WeChat,
    sms: Sms,
}

impl Inner {
    fn new(settings: &Settings) -> Self {
        Self {
            ahead: Duration::ZERO,
            faults: Faults::default(),
            log: Log::default(),
            wechat: WeChat::new(settings.clone()),
            sms: Sms::default(),
        }
    }
}

impl Sandbox {
    pub(crate) fn new(settings: Settings) -> Self {
        let inner = Mutex::new(Inner::new(&settings));
        Self { settings, clock: OnceLock::new(), inner, delivered: Condvar::new() }
    }

    /// From now on the time is what `clock` says; only the first one counts.
    pub(crate) fn follow(&self, clock: Clock) {
        let _ = self.clock.set(clock);
    }

    /// The stand-ins' clock: milliseconds since 1970.
    fn now_ms(&self, inner: &Inner) -> u64 {
        let now = match self.clock.get() {
            Some(clock) => Duration::from_millis(clock()),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        };
        u64::try_from(now.saturating_add(inner.ahead).as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes a call and says which fault it meets.
    pub(crate) fn receive(&self, request: &Request) -> Option<Fault> {
        let mut inner = self.lock();
        let at_ms = self.now_ms(&inner);
        inner.log.add(Received {
            at_ms,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
        });
        inner.faults.take(&request.path)
    }

    /// `None` for a path no stand-in has.
    pub(crate) fn answer(&self, request: &Request) -> Option<Answer> {
        let mut inner = self.lock();
        let now_ms = self.now_ms(&inner);
        inner.wechat.answer(request, now_ms).or_else(|| inner.sms.answer(request, now_ms))
    }

    pub(crate) fn create_code(&self, openid: Option<&str>) -> (String, String) {
        let mut inner = self.lock();
        let now_ms = self.now_ms(&inner);
        inner.wechat.create_code(openid, now_ms)
    }

    pub(crate) fn create_phone_code(&self, country_code: &str, number: &str, openid: Option<&str>) -> String {
        let mut inner = self.lock();
        let now_ms = self.now_ms(&inner);
        inner.wechat.create_phone_code(country_code, number, openid, now_ms)
    }

    pub(crate) fn set_risk_rank(&self, openid: &str, rank: u8) {
        self.lock().wechat.set_risk_rank(openid, rank);
    }

    pub(crate) fn push_to(&self, target: PushTo) {
        self.lock().wechat.media.push_to(target);
    }

    pub(crate) fn add_media_rule(&self, rule: MediaRule) {
        self.lock().wechat.media.add_rule(rule);
    }

    /// The checks that were taken and are not looked at yet, with the one who is told.
    pub(crate) fn take_media_jobs(&self) -> Vec<MediaJob> {
        self.lock().wechat.media.take_jobs()
    }

    /// What becomes of a picture that was fetched, or was not, and whether somebody is told.
    pub(crate) fn media_event(&self, job: &MediaJob, picture: Option<&[u8]>) -> Option<(PushTo, serde_json::Value)> {
        let mut inner = self.lock();
        let now_ms = self.now_ms(&inner);
        inner.wechat.media.event(&self.settings, job, picture, now_ms)
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.now_ms(&self.lock()) / 1000
    }

    pub(crate) fn app_id(&self) -> &str {
        &self.settings.app_id
    }

    pub(crate) fn media_done(&self, pushed: Option<Pushed>) {
        self.lock().wechat.media.done(pushed);
        self.delivered.notify_all();
    }

    /// Waits until all checks that were taken are looked at and told.
    pub(crate) fn wait_for_media(&self, most: Duration) -> Vec<Pushed> {
        let waited = self.delivered.wait_timeout_while(self.lock(), most, |inner| inner.wechat.media.is_busy());
        let (inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.wechat.media.pushed()
    }

    pub(crate) fn pushed(&self) -> Vec<Pushed> {
        self.lock().wechat.media.pushed()
    }

    pub(crate) fn working_tokens(&self) -> Vec<WorkingToken> {
        let inner = self.lock();
        inner.wechat.working_tokens(self.now_ms(&inner))
    }

    pub(crate) fn sent_sms(&self) -> Vec<SentSms> {
        self.lock().sms.sent()
    }

    pub(crate) fn add_fault(&self, path: &str, fault: Fault, times: u32) {
        self.lock().faults.add(path, fault, times);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.lock().log.received()
    }

    pub(crate) fn counters(&self) -> BTreeMap<String, u64> {
        self.lock().log.counters()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut inner = self.lock();
        inner.ahead = inner.ahead.saturating_add(by);
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Inner::new(&self.settings);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
