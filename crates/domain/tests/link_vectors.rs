//! Public vectors for links, from the sample folder. docs/canonical-vectors.md is the table of what is asked of each.

use std::{collections::BTreeSet, path::PathBuf};

use domain::link::{Link, parse_ipv4, registrable_domain};

/// The rows of a vector file, by column; none without the sample folder.
fn rows(file: &str) -> Option<Vec<Vec<Vec<u8>>>> {
    let folder =
        std::env::var_os("GOLDEN_BELL_SAMPLE_DIR").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../")).join(folder);
    let Ok(text) = std::fs::read_to_string(folder.join("vectors/url").join(file)) else {
        assert!(std::env::var_os("GOLDEN_BELL_REQUIRE_ALL").is_none_or(|all| all != "1"), "no data: {file}");
        println!("skipped: no data ({file})");
        return None;
    };
    Some(text.lines().skip(1).map(|line| line.split('\t').map(unescape).collect()).collect())
}

/// The escapes of the sample folder: `\\ \t \n \r \u{HEX} \xHH \N`. A wrong one comes out as U+FFFD and fails its row.
fn unescape(field: &str) -> Vec<u8> {
    let mut pieces = field.split('\\');
    let mut plain = pieces.next().unwrap_or_default().as_bytes().to_vec();
    while let Some(piece) = pieces.next() {
        let mut rest = piece.chars();
        match rest.next() {
            // Two backslashes: an empty piece, then text that is no escape.
            None => {
                plain.push(b'\\');
                rest = pieces.next().unwrap_or_default().chars();
            }
            Some('t') => plain.push(b'\t'),
            Some('n') => plain.push(b'\n'),
            Some('r') => plain.push(b'\r'),
            Some('N') => {}
            Some('x') => {
                let hex: String = rest.by_ref().take(2).collect();
                plain.extend(u8::from_str_radix(&hex, 16).map_or_else(|_| "\u{fffd}".into(), |byte| vec![byte]));
            }
            Some('u') => {
                let hex: String = rest.by_ref().skip(1).take_while(|mark| *mark != '}').collect();
                let point = u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32);
                plain.extend(point.unwrap_or(char::REPLACEMENT_CHARACTER).to_string().bytes());
            }
            Some(_) => plain.extend("\u{fffd}".bytes()),
        }
        plain.extend(rest.as_str().bytes());
    }
    plain
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).into_owned()
}

/// An expected link without what our canonical form leaves out: scheme and port.
fn without_scheme_and_port(expected: &str) -> String {
    let link = expected.split_once("://").map_or(expected, |(_, link)| link);
    let (authority, rest) =
        link.split_once('/').map_or((link, String::new()), |(host, rest)| (host, format!("/{rest}")));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    format!("{host}{rest}")
}

/// Runs one check of input and expected answer over a file: every row passes, but for the listed differences, and those
/// do differ.
fn run(file: &str, differences: &[&str], check: impl Fn(&[u8], &str) -> Result<(), String>) {
    let Some(rows) = rows(file) else { return };
    let mut failed = Vec::new();
    let mut differ = 0;
    for row in &rows {
        let [input, expected, ..] = row.as_slice() else {
            failed.push("a row without an answer".to_owned());
            continue;
        };
        let is_listed = differences.contains(&text(input).as_str());
        match check(input, &text(expected)) {
            Ok(()) if is_listed => failed.push(format!("{}: listed as different, but passes", text(input))),
            Ok(()) => {}
            Err(_) if is_listed => differ += 1,
            Err(why) => failed.push(format!("{}: {why}", text(input).escape_debug())),
        }
    }
    println!("{file}: {} of {} rows, {differ} listed differences", rows.len() - failed.len() - differ, rows.len());
    assert!(!rows.is_empty() && failed.is_empty(), "{file}:\n{}", failed.join("\n"));
}

fn compare(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found:?}, expected {expected:?}")) }
}

fn canonical(input: &[u8], expected: &str) -> Result<(), String> {
    let found = Link::parse_bytes(input).map_or_else(|_| "!FAIL".to_owned(), |link| link.canonical().to_owned());
    compare(&found, &without_scheme_and_port(expected))
}

#[test]
fn every_row_of_the_published_table_passes() {
    run("sb_canonical_spec_v4.tsv", &[], canonical);
}

#[test]
fn canonical_links_of_other_sources_pass_but_for_the_listed() {
    run("sb_canonical_chromium.tsv", &[], canonical);
    run("sb_canonical_gglsbl.tsv", &[], canonical);
    run("sb_canonical_mozilla_shavar.tsv", &[], canonical);
    run("sb_canonical_webrisk_go.tsv", &["http://evil.com/foo?bar;"], canonical);
    run(
        "sb_canonical_safebrowsing_go_2019.tsv",
        &["http://evil.com/foo?bar;", "http://some%1bhost.com/%1b"],
        canonical,
    );
}

#[test]
fn canonical_hosts_and_paths_pass_but_for_the_listed() {
    run("sb_canonical_host_go.tsv", &["http://[::192.9.5.5]/ipng"], |input, expected| {
        let found = Link::parse_bytes(input).map_or_else(|_| "!FAIL".to_owned(), |link| link.host().to_owned());
        compare(&found, expected)
    });
    run("sb_canonical_path_go.tsv", &[], |input, expected| {
        let found = Link::parse_bytes(input).map_or_else(|_| "!FAIL".to_owned(), |link| link.path().to_owned());
        compare(&found, expected)
    });
    run("sb_parse_ipv4_go.tsv", &[], |input, expected| {
        let found = parse_ipv4(&text(input)).map_or_else(|| "!NOT_IP".to_owned(), |ip| ip.to_string());
        compare(&found, expected)
    });
}

/// Compares as sets, the way the files mean their JSON arrays.
fn compare_sets(found: Option<Vec<String>>, expected: &str) -> Result<(), String> {
    let Some(found) = found else { return compare("!FAIL", expected) };
    let Ok(wanted) = serde_json::from_str::<BTreeSet<String>>(expected) else {
        return Err(format!("{found:?}, expected {expected}"));
    };
    let found_set: BTreeSet<String> = found.iter().cloned().collect();
    if found_set == wanted && found_set.len() == found.len() { Ok(()) } else { Err(format!("{found:?}")) }
}

#[test]
fn lookup_expressions_pass_but_for_the_listed() {
    let all = |input: &[u8], expected: &str| {
        compare_sets(Link::parse_bytes(input).ok().map(|link| link.expressions()), expected)
    };
    run("sb_expressions.tsv", &[], all);
    run("sb_expressions_spec_current.tsv", &[], all);
    let differences = ["http://a.b.c.d.e.f.kita.tokyo.jp", "http://[::192.9.5.5]/ipng"];
    run("sb_lookup_hosts_go.tsv", &differences, |input, expected| {
        let hosts = Link::parse_bytes(input).ok().map(|link| link.hosts().map(str::to_owned).collect());
        compare_sets(hosts, expected)
    });
    run("sb_lookup_paths_go.tsv", &[], |input, expected| {
        let paths = Link::parse_bytes(input).ok().map(|link| {
            let of_host = |expression: String| expression.strip_prefix(link.host()).map(str::to_owned);
            let own: Vec<String> = link.expressions().into_iter().filter_map(of_host).collect();
            own
        });
        compare_sets(paths, expected)
    });
}

#[test]
fn registrable_domains_follow_the_public_suffix_list() {
    run("psl_check_public_suffix.tsv", &[], |input, expected| {
        let found = registrable_domain(&text(input)).unwrap_or_else(|| "!NULL".to_owned());
        compare(&found, expected)
    });
}

/// A host compared without empty labels.
fn labels(host: &str) -> String {
    host.split('.').filter(|label| !label.is_empty()).collect::<Vec<_>>().join(".")
}

fn host_of(input: &[u8]) -> String {
    Link::parse_bytes(input).map_or_else(|error| format!("!{}", error.code), |link| link.host().to_owned())
}

#[test]
fn domains_become_ascii_as_browsers_do_it() {
    run("wpt_toascii.tsv", &[], |input, expected| {
        let found = host_of(input);
        if expected == "!FAIL" { Ok(()) } else { compare(&found, &labels(expected)) }
    });
}

#[test]
fn links_lead_to_the_host_that_browsers_reach() {
    let Some(rows) = rows("wpt_urltestdata.tsv") else { return };
    let [mut passed, mut refused, mut hostless, mut relative] = [0; 4];
    let mut failed = Vec::new();
    for row in &rows {
        let (input, href, base, host) = (&row[0], text(&row[1]), text(&row[2]), labels(&text(&row[4])));
        let found = host_of(input);
        if href == "!FAIL" {
            refused += 1;
        } else if host.is_empty() {
            hostless += 1;
        } else if found == host {
            passed += 1;
        } else if takes_host_from_base(&text(input), &base) {
            relative += 1;
        } else {
            failed.push(format!("{:?} on {base:?}: {found:?}, expected {host:?}", text(input)));
        }
    }
    println!(
        "wpt_urltestdata.tsv: {passed} hosts, {refused} !FAIL, {hostless} without host, {relative} relative to a base"
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Whether the host of the answer can only come from the base: the input has no scheme, or only repeats the base's
/// without slashes for a host (`http:/path` on an http base), and doesn't begin with two slashes.
fn takes_host_from_base(input: &str, base: &str) -> bool {
    let input: String = input.trim().chars().filter(|mark| !matches!(mark, '\t' | '\n' | '\r')).collect();
    let base_scheme = scheme_of(base);
    let after = match scheme_of(&input) {
        Some(own) if Some(own) == base_scheme => input.split_once(':').map_or("", |(_, after)| after),
        Some(_) => return false,
        None => &input,
    };
    let is_web = base_scheme.is_some_and(|scheme| matches!(scheme, "http" | "https" | "ftp" | "file"));
    let slashes = after.chars().take_while(|mark| *mark == '/' || (*mark == '\\' && is_web)).count();
    !base.is_empty() && slashes < 2
}

fn scheme_of(link: &str) -> Option<&str> {
    let (scheme, _) = link.split_once(':')?;
    let is_scheme = scheme.starts_with(|mark: char| mark.is_ascii_alphabetic())
        && scheme.chars().all(|mark| mark.is_ascii_alphanumeric() || "+-.".contains(mark));
    is_scheme.then_some(scheme)
}

#[test]
fn escapes_in_a_query_are_those_of_utf_8() {
    run("wpt_percent_encoding.tsv", &[], |input, expected| {
        let link = Link::parse(&format!("http://host.example/?{}", text(input))).map_err(|error| error.to_string())?;
        compare(link.query().unwrap_or_default(), expected)
    });
}
