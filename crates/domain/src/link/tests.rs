//! The rules of links, each on a small example of our own, and what must hold for any input.

use proptest::prelude::*;

use super::*;

fn canonical(raw: &str) -> String {
    Link::parse(raw).map_or_else(|error| error.code.to_owned(), |link| link.text)
}

fn expressions(raw: &str) -> Vec<String> {
    Link::parse(raw).expect(raw).expressions()
}

#[test]
fn scheme_user_port_and_fragment_fall_away() {
    for raw in [
        "evil.example",
        "http://evil.example",
        "HTTPS://evil.example/",
        "//evil.example/",
        "http:/evil.example",
        "http:evil.example",
        "http:\\\\evil.example\\",
        "http:////evil.example",
        "ftp://evil.example",
        "wss://evil.example#x",
        "someapp://evil.example",
        "evil.example:443",
        "http://good.example@evil.example/",
        "http://good.example:80@evil.example:8080/#top",
        "good.example:80@evil.example",
        "javascript://evil.example/",
        "view-source:https://evil.example/",
        "  http://evil.example/\t",
        "ht\ntp://ev\til.exam\rple/",
    ] {
        assert_eq!(canonical(raw), "evil.example/", "{raw}");
    }
}

#[test]
fn disguised_spellings_are_undone() {
    for raw in [
        "hxxp://evil.example/pay",
        "hxxps[:]//evil[.]example/pay",
        "h**p://evil.example/pay",
        "http[://]evil(.)example/pay",
        "evil[dot]example/pay",
        "evil{.}example/pay",
        "evil。example/pay",
        "ｅｖｉｌ．ｅｘａｍｐｌｅ／ｐａｙ",
        "ｈｔｔｐ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ／ｐａｙ＃ｘ",
        "http://evil.example\\pay",
        "http://%65%76il%2Eexample/%70%61%79",
        "\u{feff}http://e\u{200b}vil.example/pay\u{3000}",
        "evil[.]example[:]8080/pay",
    ] {
        assert_eq!(canonical(raw), "evil.example/pay", "{raw}");
    }
    assert_eq!(canonical("http://evil.example/你好（一）"), canonical("http://evil.example/%E4%BD%A0%E5%A5%BD（一）"));
}

#[test]
fn every_spelling_of_an_address_is_one_link() {
    for raw in ["192.0.2.7", "http://0xC0.0.2.7", "3221225991", "0300.0.0x207", "http://192.0.2.7.:80/", "１９２.0.2.7"]
    {
        assert_eq!(canonical(raw), "192.0.2.7/", "{raw}");
    }
    assert_eq!(canonical("http://[2001:DB8::0:1]:80/x"), "[2001:db8::1]/x");
}

#[test]
fn what_names_no_host_is_refused_with_its_reason() {
    for (raw, code) in [
        ("", "link_empty"),
        (" \t\n", "link_empty"),
        ("#top", "link_empty"),
        ("?q", "link_no_host"),
        ("http://", "link_no_host"),
        ("http://user@/evil.example", "link_no_host"),
        ("http://...", "link_no_host"),
        ("http:///page", "link_no_host"),
        ("file:///etc/passwd", "link_no_host"),
        ("/only/path", "link_path_only"),
        ("javascript:alert()", "link_scheme_without_host"),
        ("mailto:a@evil.example", "link_scheme_without_host"),
        ("data:text/html,evil.example", "link_scheme_without_host"),
        ("tel:110", "link_scheme_without_host"),
        ("http://evil.example:http/", "link_bad_port"),
        ("http://a%2Fb/", "link_bad_host"),
        ("http://[::1", "link_bad_ipv6"),
        ("http://[::x]/", "link_bad_ipv6"),
    ] {
        assert_eq!(canonical(raw), code, "{raw}");
    }
    assert_eq!(canonical(&"a".repeat(MAX_BYTES + 1)), "link_too_long");
    assert_eq!(canonical(&format!("a/{}", " x".repeat(MAX_BYTES / 2 - 2))), "link_too_long");
}

#[test]
fn an_empty_query_stays_in_the_link_and_leaves_the_expressions() {
    let link = Link::parse("http://evil.example/q?").expect("a link");
    assert_eq!((link.canonical(), link.path(), link.query()), ("evil.example/q?", "/q", Some("")));
    assert_eq!(link.path_and_query(), "/q?");
    assert_eq!(link.expressions(), ["evil.example/q", "evil.example/"]);
    assert_eq!(Link::parse("evil.example/q").expect("a link").query(), None);
}

#[test]
fn expressions_go_from_the_page_to_the_registrable_domain() {
    assert_eq!(
        expressions("http://a.b.evil.com.cn/1/2.html?p=1"),
        [
            "a.b.evil.com.cn/1/2.html?p=1",
            "a.b.evil.com.cn/1/2.html",
            "a.b.evil.com.cn/1/",
            "a.b.evil.com.cn/",
            "b.evil.com.cn/1/2.html?p=1",
            "b.evil.com.cn/1/2.html",
            "b.evil.com.cn/1/",
            "b.evil.com.cn/",
            "evil.com.cn/1/2.html?p=1",
            "evil.com.cn/1/2.html",
            "evil.com.cn/1/",
            "evil.com.cn/",
        ]
    );
    assert_eq!(expressions("192.0.2.7/a/b"), ["192.0.2.7/a/b", "192.0.2.7/a/", "192.0.2.7/"]);
    assert_eq!(expressions("gov.cn"), ["gov.cn/"]);
}

#[test]
fn hosts_have_at_most_seven_labels_but_for_the_whole() {
    let link = Link::parse("1.2.3.4.5.6.7.evil.example").expect("a link");
    let hosts: Vec<&str> = link.hosts().collect();
    assert_eq!(
        hosts,
        [
            "1.2.3.4.5.6.7.evil.example",
            "3.4.5.6.7.evil.example",
            "4.5.6.7.evil.example",
            "5.6.7.evil.example",
            "6.7.evil.example",
            "7.evil.example",
            "evil.example",
        ]
    );
}

#[test]
fn prefixes_are_the_first_four_deepest_first() {
    let link = Link::parse("evil.example/a/b/c/d/e.html").expect("a link");
    assert_eq!(link.prefixes().collect::<Vec<_>>(), ["/a/b/c/", "/a/b/", "/a/", "/"]);
    let link = Link::parse("evil.example/a/").expect("a link");
    assert_eq!(link.prefixes().collect::<Vec<_>>(), ["/a/", "/"]);
}

#[test]
fn a_host_knows_its_registrable_domain_and_suffix() {
    let link = Link::parse("https://www.zhoukou.gov.cn/x").expect("a link");
    assert_eq!(link.registrable_domain(), Some("zhoukou.gov.cn"));
    assert_eq!(link.public_suffix(), Some("gov.cn"));
    let link = Link::parse("gov.cn").expect("a link");
    assert_eq!((link.registrable_domain(), link.public_suffix()), (None, Some("gov.cn")));
    let link = Link::parse("192.0.2.7").expect("a link");
    assert_eq!((link.registrable_domain(), link.public_suffix(), link.is_ip()), (None, None, true));
}

/// Pieces that meet in strange ways in links.
const PIECES: &[&str] = &[
    "http",
    "hxxps",
    "ftp",
    "app",
    "file",
    "javascript",
    "h**p",
    ":",
    "/",
    "//",
    "\\",
    "[:]",
    "[.]",
    "(dot)",
    "{点}",
    "[",
    "]",
    "(",
    ")",
    "@",
    "?",
    "#",
    "%",
    "%2",
    "%25",
    "%2e",
    "%2F",
    "%3a",
    "%5B",
    "%5D",
    "%40",
    "%C3%B1",
    "%FF",
    "evil",
    "EVIL",
    "com",
    "example",
    "www",
    ".",
    "..",
    "。",
    "．",
    "：",
    "／",
    "＃",
    "％",
    "［",
    "］",
    "（",
    "ñ",
    "中国",
    "℀",
    "﹪",
    "\u{200b}",
    "\u{ad}",
    "\u{202e}",
    "\u{3000}",
    "\u{130}",
    "xn--",
    "xn--fiqs8s",
    "0x7f",
    "192.0.2.7",
    "08",
    "4294967295",
    "::1",
    " ",
    "\t",
    "\u{1}",
    "\u{7f}",
    "*",
    "a",
    "b",
    "&",
    "=",
    ";",
    "<",
    "^",
    "点",
    "sc",
    "é",
];

fn links() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..12).prop_map(|pieces| pieces.concat())
}

fn hold(raw: &[u8]) -> Result<(), TestCaseError> {
    let Ok(link) = Link::parse_bytes(raw) else {
        return Ok(());
    };
    let text = link.canonical();
    prop_assert!(text.is_ascii() && text.len() <= MAX_BYTES);
    prop_assert_eq!(format!("{}{}", link.host(), link.path_and_query()), text);
    prop_assert!(link.path().starts_with('/') && !link.host().is_empty());
    let again = Link::parse(text);
    prop_assert_eq!(again.as_ref(), Ok(&link));
    prop_assert!(link.hosts().count() <= 8);
    prop_assert!(link.hosts().skip(1).all(|host| host.matches('.').count() < MAX_LABELS));
    prop_assert!(link.hosts().all(|host| host.ends_with(link.registrable_domain().unwrap_or(link.host()))));
    let mut expressions = link.expressions();
    let first = expressions.first().map(String::as_str);
    prop_assert_eq!(first, text.strip_suffix('?').filter(|_| link.query() == Some("")).or(Some(text)));
    let count = expressions.len();
    expressions.sort();
    expressions.dedup();
    prop_assert!(count == expressions.len() && count <= 42);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_pieces_give_a_stable_link_or_a_reason(raw in links()) {
        hold(raw.as_bytes())?;
    }

    #[test]
    fn any_bytes_give_a_stable_link_or_a_reason(raw in proptest::collection::vec(any::<u8>(), 0..60)) {
        hold(&raw)?;
    }

    #[test]
    fn any_text_behind_a_host_gives_a_stable_link(rest in ".{0,40}") {
        hold(format!("http://evil.example/{rest}").as_bytes())?;
    }

    #[test]
    fn any_text_is_a_rule_or_a_reason(row in "\\PC{0,40}", pieces in links()) {
        for text in [row.clone(), pieces.clone(), format!("{row} {pieces}")] {
            if let Ok(parsed) = LinkRule::from_row(&text) {
                let again = LinkRule::parse(&parsed.rule.canonical, Some(parsed.rule.rule));
                prop_assert_eq!(again, Ok(parsed));
            }
        }
    }

    #[test]
    fn a_registrable_domain_is_never_a_panic(domain in "\\PC{0,30}") {
        let _ = registrable_domain(&domain);
    }
}
