//! Which addresses may be asked at all.

use std::net::IpAddr;

use reqwest::Url;

use super::{FetchError, inside::is_public};

/// The address as it is asked: without user, password and fragment, which say nothing to a server that strangers name.
pub(super) fn plain(mut url: Url) -> Url {
    // Both fail only for addresses without a host, which `check` refuses.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    url
}

/// The address in the IP literal `url` names, if it names one. The HTTP client takes every text that reads as an address for
/// one, without asking the resolver: so does this.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.trim_end_matches('.').parse().ok()
}

/// Refuses what is no web address, what asks for a port of something else, and addresses and names of the inside.
pub(super) fn check(url: &Url, ports: &[u16]) -> Result<(), FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::NotAnAddress);
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FetchError::NotAnAddress)?;
    if !url.port_or_known_default().is_some_and(|port| ports.contains(&port)) {
        return Err(FetchError::ForbiddenPort);
    }
    match literal(url) {
        Some(address) if is_public(address) => Ok(()),
        Some(_) => Err(FetchError::Inside),
        None if is_inside_name(host) => Err(FetchError::Inside),
        None => Ok(()),
    }
}

/// Names that stand for this machine or its network whatever a resolver says: names of one label, and the special-use
/// domains of RFC 6761, RFC 6762, RFC 8375 and of ICANN (`internal`).
fn is_inside_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let last = host.rsplit('.').next().unwrap_or_default();
    !host.contains('.')
        || matches!(last, "localhost" | "local" | "internal" | "localdomain")
        || host.ends_with(".home.arpa")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(address: &str) -> Result<(), FetchError> {
        Url::parse(address).map_err(|_| FetchError::NotAnAddress).and_then(|url| check(&plain(url), &[80, 443]))
    }

    #[test]
    fn only_the_web_on_its_own_ports_is_asked() {
        for address in
            ["http://a.example", "https://a.example:443/x?y#z", "http://8.8.8.8:80/", "https://[2400:3200::1]/"]
        {
            assert_eq!(checked(address), Ok(()), "{address}");
        }
        for address in
            ["ftp://a.example/", "file:///etc/passwd", "gopher://a.example:80/", "javascript:alert(1)", "//a"]
        {
            assert_eq!(checked(address), Err(FetchError::NotAnAddress), "{address}");
        }
        for address in
            ["http://a.example:22/", "https://a.example:8443/", "http://a.example:6379/", "http://8.8.8.8:1/"]
        {
            assert_eq!(checked(address), Err(FetchError::ForbiddenPort), "{address}");
        }
    }

    #[test]
    fn every_spelling_of_an_inside_address_is_one() {
        for address in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://0/",
            "http://127.0.0.1./",
            "http://１２７。０。０。１/",
            "http://%31%32%37.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://user:x@127.0.0.1/",
            "http://a.example@127.0.0.1/",
            "http:127.0.0.1/",
            "http:\\\\127.0.0.1\\",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://redis/",
            "http://metadata.google.internal/",
            "http://printer.local/",
            "http://x.home.arpa/",
        ] {
            assert_eq!(checked(address), Err(FetchError::Inside), "{address}");
        }
        for address in
            ["http://[fe80::1%25eth0]/", "http://[::1%lo]/", "http://256.1.1.1/", "http://0x100000000/", "http://"]
        {
            assert_eq!(checked(address), Err(FetchError::NotAnAddress), "{address}");
        }
    }

    #[test]
    fn users_and_fragments_are_not_sent() {
        let url = Url::parse("https://icbc.com.cn:secret@evil.example/a?b#c").expect("an address");
        assert_eq!(plain(url).as_str(), "https://evil.example/a?b");
    }
}
