//! Client addresses that failed to sign in too often lately.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

/// More addresses than this are not remembered at once: memory stays bounded, the shared count goes on.
const MOST: usize = 10_000;

/// Until when an address must wait, as this server last heard. Refusing here costs nothing, where verifying would take a
/// place at the gate.
#[derive(Default)]
pub(super) struct BlockedAddresses(Mutex<HashMap<IpAddr, DateTime<Utc>>>);

impl BlockedAddresses {
    /// Seconds for which the address must wait, if it must.
    pub(super) fn wait(&self, address: IpAddr, now: DateTime<Utc>) -> Option<u32> {
        let blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = blocked.get(&network(address)).copied()?;
        seconds_until(until, now)
    }

    /// Lets the address wait for so long.
    pub(super) fn block(&self, address: IpAddr, wait: TimeDelta, now: DateTime<Utc>) {
        let mut blocked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocked.len() >= MOST {
            blocked.retain(|_, until| *until > now);
        }
        if blocked.len() < MOST {
            blocked.insert(network(address), now + wait);
        }
    }
}

/// What one client can choose addresses from: of IPv6 a provider hands out at least a /64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}

/// Whole seconds until an instant, rounded up; `None` when it has passed.
pub(super) fn seconds_until(until: DateTime<Utc>, now: DateTime<Utc>) -> Option<u32> {
    let left = (until - now).num_milliseconds();
    (left > 0).then(|| u32::try_from(left.saturating_add(999) / 1_000).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_blocked_address_waits_and_others_do_not() {
        let blocked = BlockedAddresses::default();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        blocked.block(address, TimeDelta::milliseconds(1_500), at(0));
        assert_eq!(blocked.wait(address, at(0)), Some(2));
        assert_eq!(blocked.wait("::ffff:192.0.2.1".parse().unwrap(), at(0)), Some(2));
        assert_eq!(blocked.wait("192.0.2.2".parse().unwrap(), at(0)), None);
        assert_eq!(blocked.wait(address, at(2)), None);
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_are_one() {
        let blocked = BlockedAddresses::default();
        blocked.block("2001:db8::1".parse().unwrap(), TimeDelta::seconds(9), at(0));
        assert_eq!(blocked.wait("2001:db8::ffff:2".parse().unwrap(), at(0)), Some(9));
        assert_eq!(blocked.wait("2001:db8:0:1::1".parse().unwrap(), at(0)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let blocked = BlockedAddresses::default();
        for number in 0..=u32::try_from(MOST).unwrap() {
            blocked.block(IpAddr::V4(number.into()), TimeDelta::seconds(60), at(0));
        }
        assert_eq!(blocked.0.lock().unwrap().len(), MOST);
        blocked.block("192.0.2.1".parse().unwrap(), TimeDelta::seconds(60), at(61));
        assert_eq!(blocked.0.lock().unwrap().len(), 1);
    }
}
