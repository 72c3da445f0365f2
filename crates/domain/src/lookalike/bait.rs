//! Words that imposters put beside a known name, and the endings that cost them least.

/// Sorted: looking one up is a binary search.
const BAIT: [&str; 62] = [
    "account",
    "anquan",
    "app",
    "auth",
    "bank",
    "banking",
    "card",
    "center",
    "confirm",
    "credit",
    "daikuan",
    "dengji",
    "denglu",
    "download",
    "duihuan",
    "etc",
    "fanli",
    "gift",
    "help",
    "huodong",
    "id",
    "jiaoyi",
    "jiedai",
    "jifen",
    "kefu",
    "lingjiang",
    "lingqu",
    "loan",
    "login",
    "mall",
    "mobile",
    "notice",
    "official",
    "online",
    "pay",
    "payment",
    "refund",
    "renzheng",
    "reward",
    "safe",
    "secure",
    "security",
    "service",
    "shengji",
    "shenhe",
    "shop",
    "signin",
    "support",
    "tikuan",
    "tuikuan",
    "unlock",
    "update",
    "user",
    "verify",
    "vip",
    "wallet",
    "wap",
    "web",
    "xiazai",
    "yanzheng",
    "zhifu",
    "zhongjiang",
];

/// Public suffixes under which a known name is seldom its owner's.
const THROW_AWAY: [&str; 40] = [
    "art", "asia", "bid", "buzz", "cam", "cc", "cfd", "click", "club", "cyou", "fit", "fun", "ga", "gq", "hair", "icu",
    "info", "ink", "life", "link", "live", "lol", "ltd", "ml", "mom", "monster", "one", "online", "pw", "rest", "sbs",
    "shop", "site", "space", "store", "tk", "top", "vip", "work", "xyz",
];

/// Registrable domains whose sub-domains carry their customers' names: content networks and traffic managers.
const CARRIERS: [&str; 40] = [
    "akadns.net",
    "akadns99.net",
    "akamai.net",
    "akamaiedge.net",
    "akamaihd.net",
    "akamaized.net",
    "alikunlun.com",
    "aliyuncs.com",
    "amazonaws.com",
    "azureedge.net",
    "azurefd.net",
    "b-cdn.net",
    "bdydns.com",
    "bsclink.cn",
    "bsgslb.cn",
    "cdn20.com",
    "cdngslb.com",
    "cdntip.com",
    "chinacache.net",
    "cloudflare.net",
    "cloudfront.net",
    "dnsv1.com",
    "edgekey.net",
    "edgesuite.net",
    "fastly.net",
    "fastlylb.net",
    "gslb.com",
    "hwcdn.net",
    "impervadns.net",
    "incapdns.net",
    "jomodns.com",
    "kunlunaq.com",
    "kunlunca.com",
    "lxdns.com",
    "msedge.net",
    "qcloudcdn.com",
    "s-msedge.net",
    "tbcache.com",
    "trafficmanager.net",
    "wscdns.com",
];

/// Whether `token` is such a word.
pub(super) fn is_bait(token: &str) -> bool {
    BAIT.binary_search(&token).is_ok()
}

/// Whether `suffix` is such an ending.
pub(super) fn is_throw_away(suffix: &str) -> bool {
    THROW_AWAY.binary_search(&suffix).is_ok()
}

/// Whether `domain` is such a carrier or below one; some of them are public suffixes themselves.
pub(super) fn is_carrier(domain: &str) -> bool {
    CARRIERS.binary_search(&domain).is_ok() || domain.split_once('.').is_some_and(|(_, above)| is_carrier(above))
}

/// What is left of `label` without a bait word run together with it: `icbc` of `icbclogin`.
pub(super) fn bait_around(label: &str) -> impl Iterator<Item = &str> {
    let ends = |text: &str| (text.as_bytes().first().copied(), text.as_bytes().last().copied());
    let (first, last) = ends(label);
    BAIT.iter().filter(|word| word.len() >= 3).flat_map(move |word| {
        // Comparing one byte first: this runs on every unlisted link, and hardly any word fits.
        let (word_first, word_last) = ends(word);
        let before = if word_last == last { label.strip_suffix(word) } else { None };
        let after = if word_first == first { label.strip_prefix(word) } else { None };
        before.into_iter().chain(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted() {
        assert!(BAIT.is_sorted() && THROW_AWAY.is_sorted() && CARRIERS.is_sorted());
        assert!(is_bait("login") && !is_bait("icbc"));
        assert!(is_throw_away("top") && !is_throw_away("com.cn"));
    }
}
