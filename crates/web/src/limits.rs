//! How much one caller may ask in a while.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use actix_web::HttpRequest;
use app::{Actor, AppError, Context};
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock as _};

/// What the limits are.
#[derive(Debug, Clone)]
pub struct LimitSettings {
    /// Checks a signed-in caller may make in a minute; a batch counts as its items.
    pub checks_per_person_minute: NonZeroU32,
    /// Checks an address may make in a minute without signing in.
    pub checks_per_address_minute: NonZeroU32,
    /// Private checks a resident may make in an hour.
    pub private_checks_per_person_hour: NonZeroU32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The limits of the check routes, kept in this process: asking another one would cost more than the check.
///
/// Each server counts a call as many times as servers live, so that together they grant the configured number. Memory is
/// bounded by [`Limits::forget_idle`], which a worker calls: keys that are full again are dropped.
#[derive(Debug)]
pub struct Limits {
    settings: LimitSettings,
    persons: DefaultKeyedRateLimiter<u64>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    private_checks: DefaultKeyedRateLimiter<u64>,
    hasher: RandomState,
    live_servers: AtomicU32,
}

impl Limits {
    /// The limits as configured.
    pub fn new(settings: LimitSettings) -> Self {
        Self {
            persons: DefaultKeyedRateLimiter::keyed(Quota::per_minute(settings.checks_per_person_minute)),
            addresses: DefaultKeyedRateLimiter::keyed(Quota::per_minute(settings.checks_per_address_minute)),
            private_checks: DefaultKeyedRateLimiter::keyed(Quota::per_hour(settings.private_checks_per_person_hour)),
            hasher: RandomState::new(),
            live_servers: AtomicU32::new(1),
            settings,
        }
    }

    /// Says how many servers share the limits.
    pub fn set_live_servers(&self, count: u32) {
        self.live_servers.store(count.max(1), Ordering::Relaxed);
    }

    /// Counts `checks` against the caller, or refuses with the seconds to wait.
    pub fn charge_checks(&self, context: &Context, request: &HttpRequest, checks: usize) -> Result<(), AppError> {
        let cost = u32::try_from(checks).unwrap_or(u32::MAX).saturating_mul(self.live_servers.load(Ordering::Relaxed));
        match &context.actor {
            Actor::Operator => Ok(()),
            Actor::Anonymous => {
                let quota = self.settings.checks_per_address_minute;
                charge(&self.addresses, &self.client_address(request), cost, quota)
            }
            Actor::Resident(resident) => self.charge_person(&resident.public_id, cost),
            Actor::Officer(officer) => self.charge_person(&officer.public_id, cost),
            Actor::Upstream(upstream) => self.charge_person(&upstream.key_id, cost),
        }
    }

    /// Counts a private check against the resident who asks, or refuses with the seconds to wait.
    pub fn charge_private_check(&self, context: &Context) -> Result<(), AppError> {
        let key = self.hasher.hash_one(&context.resident()?.public_id);
        let cost = self.live_servers.load(Ordering::Relaxed);
        charge(&self.private_checks, &key, cost, self.settings.private_checks_per_person_hour)
    }

    fn charge_person(&self, public_id: &str, cost: u32) -> Result<(), AppError> {
        let key = self.hasher.hash_one(public_id);
        charge(&self.persons, &key, cost, self.settings.checks_per_person_minute)
    }

    /// The address of the client: the peer, or what the nearest trusted proxy says.
    pub fn client_address(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |address| address.ip());
        if !self.settings.trusted_proxies.contains(&peer) {
            return peer;
        }
        let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or("");
        // From the right: what stands left of an untrusted address was written by a stranger.
        let hops = forwarded.rsplit(',').map_while(|hop| hop.trim().parse::<IpAddr>().ok());
        hops.into_iter().find(|hop| !self.settings.trusted_proxies.contains(hop)).unwrap_or(peer)
    }

    /// Forgets callers who have not asked for a while.
    pub fn forget_idle(&self) {
        self.persons.retain_recent();
        self.persons.shrink_to_fit();
        self.addresses.retain_recent();
        self.addresses.shrink_to_fit();
        self.private_checks.retain_recent();
        self.private_checks.shrink_to_fit();
    }
}

fn charge<K: std::hash::Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
    cost: u32,
    quota: NonZeroU32,
) -> Result<(), AppError> {
    // A batch larger than a minute's worth empties the bucket; it is not refused for ever.
    let cost = NonZeroU32::new(cost).map_or(NonZeroU32::MIN, |cost| cost.min(quota));
    match limiter.check_key_n(key, cost) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(until)) => {
            let wait = until.wait_time_from(limiter.clock().now()).as_secs();
            Err(AppError::too_many(u32::try_from(wait).unwrap_or(60).saturating_add(1)))
        }
        Err(_) => Err(AppError::too_many(60)),
    }
}
