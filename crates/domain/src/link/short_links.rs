//! Hosts whose links only lead elsewhere: a verdict on such a link is one on where it leads.

use std::{collections::HashSet, sync::LazyLock};

use super::Link;

static HOSTS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| entries().collect());

/// Whether `link` is a short link: a page of a host that makes them, not its front page.
pub fn contains(link: &Link) -> bool {
    link.path_and_query().len() > 1 && is_host(link.host())
}

/// Whether `host` (canonical) makes short links, with or without a leading `www.`.
fn is_host(host: &str) -> bool {
    let bare = host.strip_prefix("www.").unwrap_or(host);
    // No label stands for a wildcard: "*" is none a host can have.
    HOSTS.contains(bare) || bare.find('.').and_then(|dot| bare.get(dot..)).is_some_and(|rest| BELOW.contains(rest))
}

/// What stands behind the `*` of the entries that have one.
static BELOW: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| entries().filter_map(|entry| entry.strip_prefix('*')).collect());

/// The list, in the order of its file `data/short_links.txt`.
pub fn entries() -> impl Iterator<Item = &'static str> {
    include_str!("../../data/short_links.txt")
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_a_canonical_host_and_stands_once() {
        for entry in entries() {
            let host = entry.strip_prefix("*.").unwrap_or(entry);
            assert_eq!(Link::parse(host).expect(host).host(), host);
            assert!(!host.starts_with("www."), "{host}");
        }
        assert_eq!(entries().count(), HOSTS.len());
        assert!(HOSTS.len() >= 120);
    }

    #[test]
    fn a_short_link_is_a_page_of_such_a_host() {
        let short = |link: &str| contains(&Link::parse(link).expect(link));
        for link in
            ["http://t.cn/A6x", "https://www.dwz.cn/a?b", "b23.tv/x", "ＴＣＮ.t.cn@t.cn/a", "https://shop.app.link/x"]
        {
            assert!(short(link), "{link}");
        }
        for link in ["t.cn", "https://t.cn/", "a.t.cn/x", "evil.example/t.cn/x", "a.b.app.link/x", "nott.cn/x"] {
            assert!(!short(link), "{link}");
        }
    }
}
