//! News between the processes of one service: wake-ups, the shared WeChat token, locks for single flight and
//! shared rate limits. Redis carries them where it is configured; without it, or while it is away, everything goes on
//! inside this process.
//!
//! Three promises hold everywhere in this crate:
//!
//! - nothing here is the truth. A wake-up may be lost, a limit may be a little wide, a cached value may vanish;
//! - no call fails because of Redis, and none waits for it longer than [`BUDGET`];
//! - the start never fails: an unreachable Redis is looked for in the background until it answers.
//!
//! The scripts read the clock of Redis before they write, which needs Redis 5 or newer.

mod limiter;
mod news;
mod redis_link;
mod shared;
mod signals;

pub use limiter::{Decision, Limiter};
pub use news::{News, Subscription, Topic};
pub use redis_link::BUDGET;
pub use shared::Lock;
pub use signals::{Settings, Signals, State};
