//! The production guard: a production server talks to providers' own hosts only, unless its configuration names others.

use reqwest::Url;

/// The hosts of the providers themselves.
const VENDOR_HOSTS: [&str; 3] = ["api.weixin.qq.com", "sms.tencentcloudapi.com", "dysmsapi.aliyuncs.com"];

/// What kind of server this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Real people are served.
    Production,
    /// A demo, a developer's machine, a test.
    Development,
}

/// Why an address is no provider's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse as an absolute address.
    #[error("the provider address is not an absolute http or https address")]
    NotAnAddress,
    /// It holds a user, a password, a query or a fragment.
    #[error("the provider address must hold no user, password, query or fragment")]
    NotPlain,
    /// Production without TLS.
    #[error("in production the provider address must be https")]
    NotHttps,
    /// Production to a host that is neither the vendor's nor named.
    #[error("in production the provider host must be the vendor's own, or be named in the configuration: {0}")]
    ForeignHost(String),
}

/// Checks the address of a provider as configured. In production it must be https, and its host the vendor's own on the
/// usual port or one of `named_hosts` (compared without case).
///
/// # Errors
/// Says which rule the address breaks. The error never repeats more of it than the host.
pub fn check_provider_address(
    address: &str,
    environment: Environment,
    named_hosts: &[String],
) -> Result<Url, AddressError> {
    let url = Url::parse(address).map_err(|_| AddressError::NotAnAddress)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(AddressError::NotAnAddress)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(AddressError::NotAnAddress);
    }
    let named_user = !url.username().is_empty() || url.password().is_some();
    if named_user || url.query().is_some() || url.fragment().is_some() {
        return Err(AddressError::NotPlain);
    }
    if environment == Environment::Production {
        if url.scheme() != "https" {
            return Err(AddressError::NotHttps);
        }
        let vendor = VENDOR_HOSTS.contains(&host) && url.port().is_none();
        if !vendor && !named_hosts.iter().any(|named| named.eq_ignore_ascii_case(host)) {
            return Err(AddressError::ForeignHost(host.to_owned()));
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_production(address: &str, named: &[&str]) -> Result<(), AddressError> {
        let named: Vec<String> = named.iter().map(|&host| host.to_owned()).collect();
        check_provider_address(address, Environment::Production, &named).map(drop)
    }

    #[test]
    fn production_takes_the_vendor_and_named_hosts_over_https_only() {
        assert_eq!(in_production("https://api.weixin.qq.com", &[]), Ok(()));
        assert_eq!(in_production("https://API.weixin.qq.com:443/", &[]), Ok(()));
        assert_eq!(in_production("https://sms.tencentcloudapi.com", &[]), Ok(()));
        assert_eq!(in_production("https://dysmsapi.aliyuncs.com/", &[]), Ok(()));
        assert_eq!(in_production("http://api.weixin.qq.com", &[]), Err(AddressError::NotHttps));
        assert_eq!(in_production("https://proxy.example:8443/wechat", &["Proxy.example"]), Ok(()));
        assert_eq!(in_production("http://proxy.example", &["proxy.example"]), Err(AddressError::NotHttps));
    }

    #[test]
    fn production_refuses_stand_ins_and_hosts_that_only_look_like_the_vendor() {
        let strange = [
            "https://127.0.0.1:8090",
            "https://localhost",
            "https://api.weixin.qq.com.example",
            "https://xapi.weixin.qq.com",
            "https://api.weixin.qq.com:8443",
            "https://api.weixin.qq.com.",
        ];
        for address in strange {
            assert!(matches!(in_production(address, &[]), Err(AddressError::ForeignHost(_))), "{address}");
        }
        let user = "https://api.weixin.qq.com@evil.example/";
        assert_eq!(in_production(user, &["evil.example"]), Err(AddressError::NotPlain));
    }

    #[test]
    fn elsewhere_a_stand_in_is_welcome_but_nonsense_is_not() {
        let check = |address| check_provider_address(address, Environment::Development, &[]).map(drop);
        assert_eq!(check("http://127.0.0.1:8090"), Ok(()));
        for address in ["", "127.0.0.1:8090", "ftp://127.0.0.1", "data:text/plain,a", "https://"] {
            assert_eq!(check(address), Err(AddressError::NotAnAddress), "{address}");
        }
        assert_eq!(check("http://127.0.0.1/?secret=1"), Err(AddressError::NotPlain));
    }

    proptest! {
        #[test]
        fn no_address_panics_and_a_good_one_stays_good(address in ".*") {
            if let Ok(url) = check_provider_address(&address, Environment::Development, &[]) {
                prop_assert_eq!(check_provider_address(url.as_str(), Environment::Development, &[]), Ok(url));
            }
        }
    }
}
