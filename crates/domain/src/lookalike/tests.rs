use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// A register as the lists keep it, plain.
struct Register {
    names: Vec<(SubjectKind, String, bool)>,
    variants: HashMap<u64, Vec<usize>>,
}

impl Register {
    fn new(entries: &[(SubjectKind, &str, bool)]) -> Self {
        let mut register = Self { names: Vec::new(), variants: HashMap::new() };
        for (kind, canonical, official) in entries {
            let rule = if *kind == SubjectKind::Link { MatchRule::HostSuffix } else { MatchRule::Exact };
            let Some(text) = protected_text(*kind, rule, canonical) else { continue };
            let index = register.names.len();
            stored(Protected { kind: *kind, text: &text, official: *official }, &mut |hash| {
                register.variants.entry(hash).or_default().push(index);
            });
            register.names.push((*kind, text, *official));
        }
        register
    }

    fn judge(&self, kind: SubjectKind, value: &str) -> Option<(ImitationKind, &str)> {
        let subject = Subject::parse(kind, value).expect("parses");
        let mut found = None;
        let _ = probes(&subject, &mut |probe| {
            for index in self.variants.get(&probe.hash).into_iter().flatten() {
                let (kind, text, official) = &self.names[*index];
                match confirm(&subject, probe, Protected { kind: *kind, text, official: *official }) {
                    Some(Confirmed::Imitation(kind)) => found = Some((kind, text.as_str())),
                    Some(Confirmed::Itself) => {}
                    None => continue,
                }
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found
    }

    fn site(&self, value: &str) -> Option<(ImitationKind, &str)> {
        self.judge(SubjectKind::Link, value)
    }

    fn number(&self, value: &str) -> Option<(ImitationKind, &str)> {
        self.judge(SubjectKind::Phone, value)
    }
}

fn sites() -> Register {
    use SubjectKind::Link;
    Register::new(&[
        (Link, "www.icbc.com.cn/", true),
        (Link, "boc.cn/", true),
        (Link, "alipay.com/", true),
        (Link, "10086.cn/", true),
        (Link, "taobao.com/", false),
        (Link, "wikipedia.org/", false),
        (Link, "my-bank.com/", true),
        (Link, "shop.somebody.com/", false),
    ])
}

#[test]
fn each_way_of_imitating_a_site_is_named() {
    use ImitationKind::{Bait, Confusable, Ending, Path, Subdomain, Typo};
    let register = sites();
    for (value, kind, what) in [
        ("https://www.1cbc.com.cn/", Confusable, "icbc.com.cn"),
        ("http://lcbc.com.cn/login", Confusable, "icbc.com.cn"),
        ("http://ta0bao.com", Confusable, "taobao.com"),
        ("http://l0086.cn", Confusable, "10086.cn"),
        // Cyrillic а, twice.
        ("http://t\u{430}ob\u{430}o.com", Confusable, "taobao.com"),
        ("http://alipya.com", Typo, "alipay.com"),
        ("http://aliqay.com", Typo, "alipay.com"),
        ("http://allpay.com", Confusable, "alipay.com"),
        ("http://wikipeddia.org", Typo, "wikipedia.org"),
        ("http://alipay.top", Ending, "alipay.com"),
        ("http://www.icbc.com.cn.evil.top/", Subdomain, "icbc.com.cn"),
        ("http://icbc-com-cn.evil.top/", Subdomain, "icbc.com.cn"),
        ("http://www-icbc-com-cn.top/", Subdomain, "icbc.com.cn"),
        ("http://my-bank.com.evil.top/", Subdomain, "my-bank.com"),
        ("http://a.taobao.com.b.evil.xyz/", Subdomain, "taobao.com"),
        ("http://icbc-login.top/", Bait, "icbc.com.cn"),
        ("http://login.icbc.strange.com/", Bait, "icbc.com.cn"),
        ("http://taobao-kefu.com/", Bait, "taobao.com"),
        ("http://icbclogin.com/", Bait, "icbc.com.cn"),
        ("http://login.alipay.vip/", Ending, "alipay.com"),
        ("http://evil.top/www.icbc.com.cn/login", Path, "icbc.com.cn"),
        ("http://203.0.113.9/WWW.ICBC.com.cn", Path, "icbc.com.cn"),
    ] {
        assert_eq!(register.site(value), Some((kind, what)), "{value}");
    }
}

#[test]
fn official_sites_and_strangers_are_left_alone() {
    let register = sites();
    for value in [
        "https://www.icbc.com.cn/",
        "https://mybank.icbc.com.cn/login/www.icbc.com.cn",
        "https://login.taobao.com/",
        // Short names have honest neighbours; so have plurals and other endings of a guarded name.
        "https://bocs.cn/",
        "https://bod.cn/",
        "https://alipays.com/",
        "https://taobao.de/",
        "https://10085.cn/",
        // A service named in a sub-domain.
        "https://taobao.example.com/pay",
        "https://login.alipay.com.cn/",
        "https://www.alipay.com.edgekey.net/",
        "https://pay.taobao.example.com/",
        // A host below somebody's domain protects that host's neighbours from nothing.
        "https://somebodv.com/",
        "https://example.com/news/icbc/index.html",
        "https://203.0.113.9/",
        "https://com.cn/",
    ] {
        assert_eq!(register.site(value), None, "{value}");
    }
}

#[test]
fn near_and_wrapped_numbers_are_named() {
    use ImitationKind::{NearNumber, WrappedNumber};
    use SubjectKind::Phone;
    let register =
        Register::new(&[(Phone, "cn:95588", true), (Phone, "cn:96110", true), (Phone, "+864008109889", true)]);
    for (value, kind, what) in [
        ("95589", NearNumber, "cn:95588"),
        ("955888", NearNumber, "cn:95588"),
        ("95858", NearNumber, "cn:95588"),
        ("400-810-9888", NearNumber, "+864008109889"),
        ("+0095588", WrappedNumber, "cn:95588"),
        ("raw:0096110", WrappedNumber, "cn:96110"),
        ("95588123", WrappedNumber, "cn:95588"),
        ("+4495588", WrappedNumber, "cn:95588"),
    ] {
        assert_eq!(register.number(value), Some((kind, what)), "{value}");
    }
}

#[test]
fn ordinary_numbers_are_left_alone() {
    use SubjectKind::Phone;
    let register = Register::new(&[
        (Phone, "cn:95588", true),
        (Phone, "cn:110", true),
        (Phone, "+8613800138000", true),
        (Phone, "cn:96110", false),
        (Phone, "cn:1069800095588", true),
        (Phone, "+864008109889", true),
    ]);
    for value in [
        "95588",
        "13800138001",
        "120",
        "111",
        // A guard list protects no numbers.
        "96111",
        // SMS ports end in the sender's number by right; a landline may.
        "106980095588",
        "1069800095589",
        "0394-8195588",
        "88095588",
        "12345",
        "800-810-9889",
    ] {
        assert_eq!(register.number(value), None, "{value}");
    }
}

#[test]
fn only_whole_sites_and_service_numbers_are_protected() {
    use MatchRule::{Exact, HostSuffix, NumberPrefix, PathPrefix};
    use SubjectKind::{Link, Phone, QqId};
    for (kind, rule, canonical, wanted) in [
        (Link, HostSuffix, "www.icbc.com.cn/", Some("icbc.com.cn")),
        (Link, Exact, "www.oracle.com/cn/", Some("oracle.com")),
        (Link, HostSuffix, "mybank.icbc.com.cn/", None),
        (Link, HostSuffix, "gov.cn/", None),
        (Link, PathPrefix, "www.oracle.com/cn/*", None),
        (Link, Exact, "203.0.113.9/", None),
        (Phone, Exact, "cn:95588", Some("cn:95588")),
        (Phone, Exact, "+864008109889", Some("+864008109889")),
        (Phone, Exact, "cn:110", None),
        (Phone, Exact, "+8613800138000", None),
        (Phone, NumberPrefix, "cn:955*", None),
        (QqId, Exact, "12345", None),
    ] {
        assert_eq!(protected_text(kind, rule, canonical).as_deref(), wanted, "{canonical}");
    }
}

proptest! {
    #[test]
    fn a_slip_in_a_long_official_name_is_always_found(place in 0_usize..9, letter in b'b'..=b'y') {
        let register = Register::new(&[(SubjectKind::Link, "bankofzhoukou.com/", true)]);
        let mut typed = "bankofzhoukou".to_owned().into_bytes();
        typed[place] = letter;
        let typed = String::from_utf8(typed).expect("ASCII");
        let found = register.site(&format!("http://{typed}.com/")).map(|(_, what)| what);
        prop_assert_eq!(found, (typed != "bankofzhoukou").then_some("bankofzhoukou.com"));
    }

    #[test]
    fn no_link_panics_and_no_probe_is_unbounded(host in "[a-z0-9.-]{1,200}", path in "[ -~]{0,100}") {
        if let Ok(subject) = Subject::parse(SubjectKind::Link, &format!("http://{host}/{path}")) {
            let mut count = 0;
            let _ = probes(&subject, &mut |_| {
                count += 1;
                ControlFlow::Continue(())
            });
            prop_assert!(count < 2000, "{}", count);
        }
    }
}
