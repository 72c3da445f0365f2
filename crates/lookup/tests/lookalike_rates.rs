//! How often honest sites are taken for look-alikes, measured on the benign sample lists and printed: none of the members
//! themselves, and few of those that were kept apart.

use std::{
    collections::BTreeSet,
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use domain::{ListKind, LookupKey, MatchRule, Subject, SubjectKind, lookalike::ImitationKind};
use lookup::{Change, Imitation, Lists, Name, Record, SnapshotError, View};

/// The folder of sample lists; none if it is not there and need not be.
fn samples() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../");
    let named = env::var("GOLDEN_BELL_SAMPLE_DIR").unwrap_or_else(|_| "../shared/data".to_owned());
    let dir = root.join(named);
    if dir.is_dir() {
        return Some(dir);
    }
    assert!(env::var("GOLDEN_BELL_REQUIRE_ALL").as_deref() != Ok("1"), "no data at {}", dir.display());
    println!("skipped: no data");
    None
}

fn lines(path: &Path) -> io::Result<Vec<String>> {
    let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    Ok(text.lines().map(|line| line.trim_start_matches("*.").trim_start_matches('.').to_owned()).collect())
}

fn benign(dir: &Path) -> io::Result<Vec<(String, Vec<String>)>> {
    let mut lists = Vec::new();
    for file in fs::read_dir(dir.join("lists/benign"))? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        lists.push((name, lines(&path)?));
    }
    lists.sort();
    assert!(!lists.is_empty());
    Ok(lists)
}

/// Rows of the hotline list: number and link, both official.
fn hotlines(dir: &Path) -> io::Result<Vec<(SubjectKind, String, String)>> {
    let mut rows = Vec::new();
    for line in lines(&dir.join("lists/phone/benign_cn_hotlines_vcards.tsv"))?.iter().skip(1) {
        let mut fields = line.split('\t').map(str::to_owned);
        let (Some(number), Some(owner)) = (fields.next(), fields.next()) else { continue };
        rows.push((SubjectKind::Phone, number, owner.clone()));
        rows.extend(fields.nth(1).filter(|link| link.contains('.')).map(|link| (SubjectKind::Link, link, owner)));
    }
    assert!(rows.len() > 300);
    Ok(rows)
}

/// Lists with these entries; of a link its whole host.
fn protect<'a>(
    list: ListKind,
    entries: impl Iterator<Item = (SubjectKind, &'a str, Option<&'a str>)>,
) -> Result<Lists, SnapshotError> {
    let lists = Lists::empty();
    let changes = entries.zip(1..).filter_map(|((kind, value, owner), number)| {
        let (canonical, rule) = match Subject::parse(kind, value).ok()? {
            Subject::Link(link) if link.is_ip() => (format!("{}/", link.host()), MatchRule::Exact),
            Subject::Link(link) => (format!("{}/", link.host()), MatchRule::HostSuffix),
            other => (other.canonical().to_owned(), MatchRule::Exact),
        };
        let key = LookupKey::of(kind, &canonical);
        let name = Name { kind, canonical, owner: owner.map(str::to_owned) };
        Some(Change { number, key, record: Some(Record::new(list, rule, 0)), name: Some(name) })
    });
    lists.apply(changes)?;
    Ok(lists)
}

fn guard<'a>(hosts: impl Iterator<Item = &'a String>) -> Result<Lists, SnapshotError> {
    protect(ListKind::Guardlist, hosts.map(|host| (SubjectKind::Link, host.as_str(), None)))
}

/// As a check does it: look-alikes are asked about only where nothing is listed or guarded.
fn judge(view: &View, kind: SubjectKind, value: &str) -> Option<Imitation> {
    let subject = Subject::parse(kind, value).ok()?;
    let finding = view.find(&subject);
    if finding.matched.is_some() || finding.guarded { None } else { view.imitated_by(&subject) }
}

/// Rate of look-alikes among `hosts` in percent, printed with some of them.
fn rate<'a>(what: &str, view: &View, hosts: impl Iterator<Item = &'a String>) -> f64 {
    let (mut all, mut kinds) = (0_u32, Vec::<(ImitationKind, u32, Vec<String>)>::new());
    for host in hosts {
        all += 1;
        let Some(found) = judge(view, SubjectKind::Link, host) else { continue };
        let example = format!("{host}~{}", found.what);
        match kinds.iter_mut().find(|(kind, ..)| *kind == found.kind) {
            Some((_, count, examples)) => {
                *count += 1;
                examples.push(example);
            }
            None => kinds.push((found.kind, 1, vec![example])),
        }
    }
    let hits: u32 = kinds.iter().map(|(_, count, _)| count).sum();
    let percent = 100.0 * f64::from(hits) / f64::from(all.max(1));
    println!("{what}: {hits} of {all} taken for look-alikes, {percent:.3} %");
    for (kind, count, examples) in kinds {
        let step = (examples.len() / 6).max(1);
        let some: Vec<&str> = examples.iter().step_by(step).take(6).map(String::as_str).collect();
        println!("    {} {count}: {}", kind.as_str(), some.join(" "));
    }
    percent
}

#[test]
fn members_of_benign_lists_are_never_look_alikes() -> Result<(), Box<dyn Error>> {
    let Some(dir) = samples() else { return Ok(()) };
    let lists = benign(&dir)?;
    let guarded = guard(lists.iter().flat_map(|(_, hosts)| hosts))?;
    for (name, hosts) in &lists {
        let hits = rate(&format!("members of {name}"), &guarded.view(), hosts.iter());
        assert!(hits == 0.0);
    }
    Ok(())
}

/// Half of all names is guarded, the other half checked, and the other way round.
#[test]
fn few_honest_sites_resemble_guarded_ones() -> Result<(), Box<dyn Error>> {
    let Some(dir) = samples() else { return Ok(()) };
    let lists = benign(&dir)?;
    let all: BTreeSet<&String> = lists.iter().flat_map(|(_, hosts)| hosts).collect();
    let half = |host: &String| LookupKey::of(SubjectKind::Link, host).0[0] % 2;
    for tested in 0..2 {
        let guarded = guard(all.iter().copied().filter(|host| half(host) != tested))?;
        let view = guarded.view();
        for (name, hosts) in &lists {
            rate(&format!("half {tested} of {name}"), &view, hosts.iter().filter(|host| half(host) == tested));
        }
        let percent = rate("all lists together", &view, all.iter().copied().filter(|host| half(host) == tested));
        assert!(percent < 1.0, "{percent}");
    }
    Ok(())
}

#[test]
fn few_honest_sites_resemble_official_ones() -> Result<(), Box<dyn Error>> {
    let Some(dir) = samples() else { return Ok(()) };
    let official = hotlines(&dir)?;
    let entries = official.iter().map(|(kind, value, owner)| (*kind, value.as_str(), Some(owner.as_str())));
    let lists = protect(ListKind::Allowlist, entries)?;
    let view = lists.view();
    for (kind, value, _) in &official {
        assert_eq!(judge(&view, *kind, value), None, "{value}");
    }
    for (name, hosts) in benign(&dir)? {
        let percent = rate(&name, &view, hosts.iter());
        assert!(percent < 1.0, "{percent}");
    }
    Ok(())
}

/// The other half of the hotlines against one half: dense blocks such as 955xx are all near misses of each other.
#[test]
fn the_rate_among_official_numbers_is_printed() -> Result<(), Box<dyn Error>> {
    let Some(dir) = samples() else { return Ok(()) };
    let official = hotlines(&dir)?;
    let numbers: Vec<_> = official.iter().filter(|(kind, ..)| *kind == SubjectKind::Phone).collect();
    let half = |value: &str| LookupKey::of(SubjectKind::Phone, value).0[0] % 2;
    let entries = numbers.iter().filter(|(_, value, _)| half(value) == 0);
    let lists = protect(
        ListKind::Allowlist,
        entries.map(|(kind, value, owner)| (*kind, value.as_str(), Some(owner.as_str()))),
    )?;
    let rest: Vec<_> = numbers.iter().filter(|(_, value, _)| half(value) == 1).collect();
    let hits: Vec<String> = rest
        .iter()
        .filter_map(|(kind, value, _)| Some(format!("{value}~{}", judge(&lists.view(), *kind, value)?.what)))
        .collect();
    println!("hotlines kept apart: {} of {} near misses of others: {}", hits.len(), rest.len(), hits.join(" "));
    Ok(())
}
