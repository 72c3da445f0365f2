//! The counts all processes share, in Redis.

use std::sync::LazyLock;

use redis::Script;

use super::Decision;
use crate::redis_link::Link;

/// `Window::at`, `decide` and `counted` in one step, by the clock of Redis so that all servers agree on the window.
/// Doubles are exact here: every product stays below 2^53 for limits up to 7 million over the longest window.
const ALLOW: &str = r"
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local index = math.floor(now / window)
local left = window - now % window
local kept = redis.call('HMGET', KEYS[1], 'index', 'current', 'previous')
local at, current, previous = tonumber(kept[1] or -9), tonumber(kept[2] or 0), tonumber(kept[3] or 0)
if at ~= index then
  if at == index - 1 then previous = current else previous = 0 end
  current = 0
end
if limit == 0 then return {0, window} end
if previous * left + (current + 1) * window <= limit * window then
  redis.call('HSET', KEYS[1], 'index', string.format('%.0f', index), 'current', current + 1, 'previous', previous)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', window * 2))
  return {1, 0}
end
local wait
if current < limit then
  wait = left - math.floor((limit - 1 - current) * window / math.max(previous, 1))
else
  wait = left + window - math.floor((limit - 1) * window / current)
end
return {0, math.max(wait, 1)}
";

static SCRIPT: LazyLock<Script> = LazyLock::new(|| Script::new(ALLOW));

/// `None` when Redis does not answer in time.
pub(crate) async fn allow(link: &Link, name: String, limit: u32, window_ms: u64) -> Option<Decision> {
    let run = |mut connection| async move {
        SCRIPT.key(name).arg(limit).arg(window_ms).invoke_async::<(u8, u64)>(&mut connection).await
    };
    let (allowed, wait_ms) = link.call(run).await?;
    Some(if allowed == 1 { Decision::ALLOWED } else { Decision::refused(wait_ms) })
}
