//! Hosts on which many people have pages: site builders, documents, code, messengers, short links.
//!
//! The Public Suffix List covers those that give each customer a sub-domain; this list of the project has the others, and
//! those whose own pages stand beside their customers'. One bad page says nothing about the rest, so such a host is never
//! listed whole.

use std::{collections::HashSet, sync::LazyLock};

static HOSTS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| entries().collect());

/// Whether `host` (canonical) is shared, with or without a leading `www.`. Hosts below a shared one are somebody's own and
/// don't count.
pub fn contains(host: &str) -> bool {
    HOSTS.contains(host.strip_prefix("www.").unwrap_or(host))
}

/// The list, in the order of its file `data/shared_hosts.txt`.
pub fn entries() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/shared_hosts.txt")
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Link;

    #[test]
    fn every_entry_is_a_canonical_host_and_stands_once() {
        for host in entries() {
            assert_eq!(Link::parse(host).expect(host).host(), host);
            assert!(!host.starts_with("www."), "{host}");
        }
        assert_eq!(entries().count(), HOSTS.len());
        assert!(HOSTS.len() >= 150);
    }

    #[test]
    fn a_shared_host_is_known_with_and_without_www() {
        assert!(contains("sites.google.com") && contains("www.weebly.com") && contains("t.cn"));
        assert!(!contains("shop.weebly.com") && !contains("google.com") && !contains("evil.example"));
    }
}
