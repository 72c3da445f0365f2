//! The Public Suffix List: where a host becomes somebody's own.

use super::ip;

/// Where suffix and registrable domain begin in a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub(super) suffix: Option<usize>,
    pub(super) registrable: Option<usize>,
}

/// The bounds of a canonical host that is no IP address. A name under no rule of the list is under its default rule `*`:
/// the last label is the suffix.
pub(super) fn bounds(host: &str) -> Bounds {
    let Some(suffix) = psl::suffix(host.as_bytes()) else {
        return Bounds::default();
    };
    let Some(start) = host.len().checked_sub(suffix.as_bytes().len()) else {
        return Bounds::default();
    };
    let registrable = start.checked_sub(1).and_then(|dot| {
        let before = host.get(..dot)?;
        Some(before.rfind('.').map_or(0, |dot| dot + 1))
    });
    Bounds { suffix: Some(start), registrable }
}

/// Whether the list itself names the suffix of this host, so that such a name can exist.
pub(super) fn is_known(host: &str) -> bool {
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Whether somebody can have registered this host or one above it.
pub(super) fn is_registrable(host: &str) -> bool {
    is_known(host) && bounds(host).registrable.is_some()
}

/// The registrable domain of `domain` by the Public Suffix List, in the spelling it came in but lower-case: Unicode stays
/// Unicode, Punycode stays Punycode. None for a public suffix, an IP address, an empty name or one with a leading dot.
pub fn registrable_domain(domain: &str) -> Option<String> {
    let lower = domain.trim_end_matches('.').to_lowercase();
    if lower.starts_with('.') || ip::parse_ipv4(&lower).is_some() {
        return None;
    }
    let ascii = idna::domain_to_ascii(&lower).unwrap_or_else(|_| lower.clone());
    let registrable = ascii.get(bounds(&ascii).registrable?..)?;
    let labels = registrable.split('.').count();
    let mut kept: Vec<&str> = lower.rsplit(['.', '。', '．', '｡']).take(labels).collect();
    kept.reverse();
    Some(kept.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(domain: &str, expected: Option<&str>) {
        assert_eq!(registrable_domain(domain).as_deref(), expected, "{domain}");
    }

    #[test]
    fn the_registrable_domain_is_one_label_above_the_suffix() {
        check("Pay.Bank.COM.CN", Some("bank.com.cn"));
        check("com.cn", None);
        check("gov.cn", None);
        check("zhoukou.gov.cn", Some("zhoukou.gov.cn"));
        check("a.user.github.io", Some("user.github.io"));
        check("github.io", None);
    }

    #[test]
    fn wildcards_exceptions_and_the_default_rule_hold() {
        check("c.kobe.jp", None);
        check("b.c.kobe.jp", Some("b.c.kobe.jp"));
        check("city.kobe.jp", Some("city.kobe.jp"));
        check("a.b.nosuchending", Some("b.nosuchending"));
        check("nosuchending", None);
    }

    #[test]
    fn unicode_and_punycode_keep_their_spelling() {
        check("www.食狮.公司.cn", Some("食狮.公司.cn"));
        check("www.xn--85x722f.xn--55qx5d.cn", Some("xn--85x722f.xn--55qx5d.cn"));
        check("www.食狮。中国", Some("食狮.中国"));
        check("xn--fiqs8s", None);
    }

    #[test]
    fn no_domain_no_answer() {
        for domain in ["", ".", ".com", ".example.com", "192.0.2.1"] {
            check(domain, None);
        }
    }
}
