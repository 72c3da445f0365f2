//! No link that anybody names reaches an address of the inside.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use channels::fetch::{FetchError, FetchSettings, SafeFetch, is_public};
use harness::{
    TestService,
    web::{Canary, StandInWeb, WebNames, WebPage},
};
use serde_json::{Value, json};

/// Addresses of the inside of each sort; this machine answers on some of them.
const INSIDE: [Ipv4Addr; 17] = [
    Ipv4Addr::new(127, 0, 0, 1),
    Ipv4Addr::new(127, 0, 0, 2),
    Ipv4Addr::new(127, 255, 255, 254),
    Ipv4Addr::new(0, 0, 0, 0),
    Ipv4Addr::new(10, 0, 0, 1),
    Ipv4Addr::new(100, 64, 0, 1),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(172, 16, 0, 1),
    Ipv4Addr::new(172, 31, 255, 254),
    Ipv4Addr::new(192, 0, 2, 2),
    Ipv4Addr::new(192, 168, 0, 1),
    Ipv4Addr::new(192, 168, 1, 1),
    Ipv4Addr::new(198, 18, 0, 1),
    Ipv4Addr::new(224, 0, 0, 1),
    Ipv4Addr::new(255, 255, 255, 255),
    Ipv4Addr::new(168, 63, 129, 16),
];

const INSIDE_V6: [&str; 17] = [
    "::1",
    "::",
    "0:0:0:0:0:0:0:1",
    "0000::0001",
    "::ffff:0:127.0.0.1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00::2",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "64:ff9b:1::7f00:1",
    "2001:0:7f00:1::",
];

/// Names that lead inside, by the resolver of these tests, with what they lead to.
const NAMES: [(&str, &[&str]); 10] = [
    ("inside.example", &["127.0.0.1"]),
    ("inside6.example", &["::1"]),
    ("mapped.example", &["::ffff:127.0.0.1"]),
    ("nat64.example", &["64:ff9b::7f00:1"]),
    ("sixtofour.example", &["2002:7f00:1::1"]),
    ("metadata.example", &["169.254.169.254"]),
    ("mixed.example", &["93.184.215.14", "127.0.0.1"]),
    ("mixed6.example", &["127.0.0.1", "2606:4700::1111"]),
    ("127.0.0.1.nip.example", &["127.0.0.1"]),
    ("zero.example", &["0.0.0.0"]),
];

/// One IPv4 address in every spelling that browsers, resolvers or libraries take.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let number = address.to_bits();
    let (low, lower) = (number & 0xff_ffff, number & 0xffff);
    let [high16, low16] = [number >> 16, number & 0xffff];
    let wide_digit = |digit: char| char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit);
    let wide = |text: &str| -> String {
        text.chars().map(|letter| if letter.is_ascii_digit() { wide_digit(letter) } else { letter }).collect()
    };
    let dotted = address.to_string();
    let escaped: String = dotted.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let twice: String = dotted.bytes().map(|byte| format!("%25{byte:02x}")).collect();
    vec![
        dotted.clone(),
        number.to_string(),
        format!("{number:#x}"),
        format!("{number:#X}"),
        format!("0{number:o}"),
        format!("0000{number:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("0x{a:08x}.{b}.0x{c:02X}.0{d:o}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("00{a:o}.{b}.{c}.{d}"),
        format!("{a}.{low}"),
        format!("{a}.{b}.{lower}"),
        format!("{a:#x}.{low:#x}"),
        format!("0{a:o}.{low}"),
        format!("{dotted}."),
        wide(&dotted),
        dotted.replace('.', "。"),
        dotted.replace('.', "．"),
        wide(&dotted).replace('.', "｡"),
        escaped,
        twice,
        format!("t.cn@{dotted}"),
        format!("t.cn:80@{dotted}"),
        format!("t.cn%2f@{dotted}"),
        format!("[::ffff:{dotted}]"),
        format!("[::ffff:{high16:x}:{low16:x}]"),
        format!("[0:0:0:0:0:FFFF:{dotted}]"),
        format!("[::{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[2002:{high16:x}:{low16:x}::1]"),
        format!("[64:ff9b:1::{dotted}]"),
    ]
}

/// Hostile hosts, as they stand in a link.
fn hosts() -> Vec<String> {
    let mut hosts: Vec<String> = INSIDE.iter().flat_map(|address| spellings(*address)).collect();
    for address in INSIDE_V6 {
        hosts.push(format!("[{address}]"));
        hosts.push(format!("[{address}%25lo]"));
        hosts.push(format!("[{address}%eth0]"));
        hosts.push(format!("t.cn@[{address}]"));
    }
    hosts.extend(NAMES.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("{name}."), name.to_uppercase()]));
    for name in ["localhost", "LocalHost", "localhost.", "a.localhost", "ⓛocalhost", "localhost.localdomain", "redis"]
    {
        hosts.push(name.to_owned());
    }
    hosts
}

/// Hostile links to a port.
fn links(port: u16) -> Vec<String> {
    let mut links: Vec<String> = hosts().iter().map(|host| format!("http://{host}:{port}/")).collect();
    for odd in [
        "http:127.0.0.1",
        "http:/127.0.0.1",
        "http:///127.0.0.1",
        "http:\\\\127.0.0.1",
        "HTTP://127.0.0.1",
        "//127.0.0.1",
        "\\\\127.0.0.1",
        "http://t.cn\\@127.0.0.1",
        "http://127.0.0.1\\@t.cn",
        "http://\t127.0.0.1",
        "http://127.0\n.0.1",
        "http://127.0.0.1#@t.cn",
        "http://0",
        "http://0x",
        "http://127.0.0.1.",
        "ftp://127.0.0.1",
        "gopher://127.0.0.1",
    ] {
        links.push(match odd.split_once("127.0.0.1") {
            Some((before, after)) => format!("{before}127.0.0.1:{port}{after}/"),
            None => format!("{odd}:{port}/"),
        });
    }
    links.push("file:///etc/passwd".to_owned());
    links.push(format!("http://t.cn/\r\nHost: 127.0.0.1:{port}"));
    links
}

fn names() -> Arc<WebNames> {
    let names = WebNames::default();
    for (name, addresses) in NAMES {
        names.set(name, &[addresses]);
    }
    Arc::new(names)
}

fn settings(web: &StandInWeb, canary: &Canary) -> FetchSettings {
    FetchSettings {
        // The port protects nobody here.
        ports: vec![80, 443, canary.port],
        stand_in: Some(web.address),
        deadline: Duration::from_secs(20),
        ..FetchSettings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_link_and_nothing_that_sends_there_reaches_the_inside() {
    let (web, canary) = (StandInWeb::start().await, Canary::open());
    let fetch = SafeFetch::new(settings(&web, &canary), names()).unwrap();
    let links = links(canary.port);
    assert!(links.iter().collect::<BTreeSet<_>>().len() >= 400, "{}", links.len());
    for (number, link) in links.iter().enumerate() {
        let trail = fetch.follow(link).await;
        let refused = matches!(trail.end, Err(FetchError::Inside | FetchError::NotAnAddress));
        // What does not say where it leads is a page of t.cn to who reads it so.
        assert!(refused || link.contains("t.cn\\@") || link.contains("t.cn/\r"), "{link}: {trail:?}");
        assert!(fetch.get(link).await.is_err() || !refused, "{link}");

        web.put(&format!("t.cn/r{number}"), WebPage::Redirect(302, link.replace(['\r', '\n'], "")));
        let page = format!("<meta http-equiv=\"refresh\" content=\"0;url={link}\">");
        web.put(&format!("t.cn/m{number}"), WebPage::Html(page));
        web.put(&format!("t.cn/s{number}"), WebPage::Html(format!("<script>location.href=\"{link}\"</script>")));
        for way in ["r", "m", "s"] {
            let trail = fetch.follow(&format!("http://t.cn/{way}{number}")).await;
            let ends = !trail.hops.iter().any(|hop| hop.host_str() != Some("t.cn"))
                || matches!(trail.end, Err(FetchError::Inside | FetchError::NotAnAddress));
            assert!(ends, "{way} to {link}: {trail:?}");
        }
    }
    assert_eq!(canary.seen(), 0, "nobody came");
    canary.prove();
    // Without its rules a client does get there: so the links are as hostile as they look.
    let came = naive(&web, &links).await;
    assert!(canary.seen() > 50 && came > 50, "{came}, {}", canary.seen());
}

/// A client that does what it is told, with the links that end on this machine; how many it went to.
async fn naive(web: &StandInWeb, links: &[String]) -> usize {
    struct Told(Arc<WebNames>, SocketAddr);
    impl reqwest::dns::Resolve for Told {
        fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
            let found = self.0.answer(name.as_str()).into_iter();
            let here = self.1;
            let found: Vec<_> =
                found.map(|address| if is_public(address) { here } else { SocketAddr::new(address, 0) }).collect();
            Box::pin(std::future::ready(Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)))
        }
    }
    let client = reqwest::Client::builder().no_proxy().dns_resolver(Told(names(), web.address));
    let client = client.timeout(Duration::from_millis(200)).build().unwrap();
    let mut went = 0;
    for (number, link) in links.iter().enumerate() {
        let Ok(url) = reqwest::Url::parse(link) else { continue };
        let host = url.host_str().unwrap_or_default();
        let name = NAMES.iter().any(|(name, addresses)| *name == host && addresses[0].starts_with("127."));
        if name || host.starts_with("127.") || host == "[::1]" {
            went += 1;
            let _ = client.get(url).send().await;
            let _ = client.get(format!("http://t.cn/r{number}")).send().await;
        }
    }
    went
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_that_changes_its_mind_reaches_nothing() {
    let (web, canary) = (StandInWeb::start().await, Canary::open());
    let (names, usual) = (names(), Canary::usual());
    let fetch = SafeFetch::new(settings(&web, &canary), names.clone()).unwrap();
    let mut ends = BTreeSet::new();
    for (name, answers) in [
        ("flip.example", &[&["93.184.215.14"] as &[&str], &["127.0.0.1"]] as &[&[&str]]),
        ("flop.example", &[&["127.0.0.1"], &["93.184.215.14"], &["::1"]]),
        ("rare.example", &[&["1.1.1.1"], &["1.1.1.1"], &["1.1.1.1"], &["1.1.1.1"], &["1.1.1.1"], &["127.0.0.1"]]),
        ("late.example", &[&["93.184.215.14"], &["93.184.215.14"], &["93.184.215.14", "127.0.0.1"]]),
    ] {
        names.set(name, answers);
        // Goes on to itself, so that each hop asks the resolver anew.
        web.redirect(&format!("{name}/"), &format!("http://{name}:80/2"));
        web.redirect(&format!("{name}/2"), &format!("http://{name}/3"));
        for round in 0..1_500 {
            let link = if round % 2 == 0 { format!("http://{name}/") } else { format!("{name}/") };
            ends.insert(format!("{:?}", fetch.follow(&link).await.end));
        }
    }
    assert!(ends.contains("Err(Inside)") && ends.contains("Ok(())"), "both answers were given: {ends:?}");
    assert!(names.answered() > 10_000, "{}", names.answered());
    for watching in usual {
        assert_eq!(watching.seen(), 0, "port {}", watching.port);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_check_of_a_hostile_link_reaches_the_inside() {
    let (web, canary) = (StandInWeb::start().await, Canary::open());
    // A canonical link has no port: these watch too.
    let usual = Canary::usual();
    let (address, port) = (web.address.to_string(), canary.port);
    let service = TestService::start_with_names(names(), move |config| {
        let expansion = &mut config.checks.expansion;
        expansion.links = app::settings::ExpandedLinks::Unknown;
        expansion.stand_in = address;
        expansion.ports = vec![80, 443, port];
        expansion.queue = 5_000;
    })
    .await;
    let links = links(port);
    for (number, link) in links.iter().enumerate() {
        web.put(&format!("t.cn/r{number}"), WebPage::Redirect(302, link.replace(['\r', '\n'], "")));
        web.put(
            &format!("t.cn/m{number}"),
            WebPage::Html(format!("<meta http-equiv=\"refresh\" content=\"0;url={link}\">")),
        );
    }
    let short = |way: &str| (0..links.len()).map(|number| format!("t.cn/{way}{number}")).collect::<Vec<_>>();
    let asked: Vec<String> = links.iter().cloned().chain(short("r")).chain(short("m")).collect();
    let anonymous = service.anonymous();
    let mut answers: Vec<Value> = Vec::new();
    for round in 0..2 {
        answers.clear();
        for chunk in asked.chunks(500) {
            let items: Vec<_> = chunk.iter().map(|link| json!({ "kind": "link", "value": link })).collect();
            let reply = anonymous.post("/api/v1/checks/batch", json!({ "items": items })).await.expect(200).body;
            answers.extend(reply["results"].as_array().unwrap().iter().cloned());
        }
        if round == 0 {
            service.run_workers().await;
        }
    }
    let state = |answer: &Value| answer["subjects"][0]["expansion"]["state"].as_str().map(str::to_owned);
    let states: Vec<Option<String>> = answers.iter().map(state).collect();
    let count = |wanted: &str| states.iter().flatten().filter(|state| *state == wanted).count();
    assert!(count("failed") > 900 && count("following") == 0, "{} {}", count("failed"), count("following"));
    for (link, answer) in asked.iter().zip(&answers) {
        let told = state(answer).is_none_or(|state| state != "followed");
        assert!(told || answer["subjects"][0]["expansion"]["target_host"] == "t.cn", "{link}: {answer}");
    }
    for watching in usual.iter().chain([&canary]) {
        assert_eq!(watching.seen(), 0, "port {}", watching.port);
    }
    canary.prove();
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_whole_or_not_at_all() {
    let (web, canary) = (StandInWeb::start().await, Canary::open());
    let fetch = SafeFetch::new(FetchSettings { largest_body: 1_000, ..settings(&web, &canary) }, names()).unwrap();
    web.redirect("owner.example/.well-known/proof.txt", "http://www.owner.example/proof.txt");
    web.put("www.owner.example/proof.txt", WebPage::Html("<meta http-equiv=refresh content='0;url=/x'>".to_owned()));
    let page = fetch.get("http://owner.example/.well-known/proof.txt").await.unwrap();
    assert_eq!((page.url.as_str(), page.status), ("http://www.owner.example/proof.txt", 200));
    assert!(page.body.starts_with(b"<meta"), "what a page says about going on is not followed");
    web.put("owner.example/long", WebPage::Long(1_001));
    assert_eq!(fetch.get("http://owner.example/long").await, Err(FetchError::TooLarge));
    assert_eq!(fetch.get("owner.example/proof").await, Err(FetchError::NotAnAddress), "a scheme is needed");
    assert_eq!(fetch.get("https://owner.example/").await, Err(FetchError::Connect), "no falling back from TLS");
    assert_eq!(fetch.get(&format!("http://{}/", IpAddr::V4(INSIDE[0]))).await, Err(FetchError::Inside));
}
