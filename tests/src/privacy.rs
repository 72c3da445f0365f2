//! A scanner for personal data where none may lie: it looks for planted values in every spelling and encoding in which they
//! could leak, all at once.

use std::{
    collections::{BTreeSet, HashMap},
    fmt, fs,
    path::Path,
    process::Command,
};

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use sm3::Sm3;
use store::{Db, parity};

/// A needle is searched by its first bytes and then compared as a whole: that keeps the automaton small.
const SEARCHED: usize = 12;

/// Where a planted value was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The value as it was planted.
    pub value: String,
    /// In which encoding it lies there.
    pub encoding: String,
    /// The file, table or reply.
    pub place: String,
    /// Bytes before it.
    pub offset: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} in {} at {}", self.value, self.encoding, self.place, self.offset)
    }
}

struct Needle {
    value: usize,
    encoding: String,
    bytes: Vec<u8>,
}

/// Knows the planted values.
pub struct Scanner {
    values: Vec<String>,
    needles: Vec<Needle>,
    /// The needles that begin with each pattern of the automaton.
    beginning: Vec<Vec<usize>>,
    automaton: AhoCorasick,
}

impl Scanner {
    /// A scanner for these phones (canonical), names and openids.
    pub fn new(values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        let (mut needles, mut patterns, mut beginning) = (Vec::new(), HashMap::new(), Vec::<Vec<usize>>::new());
        for (number, value) in values.iter().enumerate() {
            for (bytes, encoding) in encodings(value) {
                let start = bytes[..bytes.len().min(SEARCHED)].to_vec();
                let pattern = *patterns.entry(start).or_insert_with(|| {
                    beginning.push(Vec::new());
                    beginning.len() - 1
                });
                beginning[pattern].push(needles.len());
                needles.push(Needle { value: number, encoding, bytes });
            }
        }
        let mut ordered: Vec<(Vec<u8>, usize)> = patterns.into_iter().collect();
        ordered.sort_unstable_by_key(|(_, pattern)| *pattern);
        let automaton = AhoCorasick::new(ordered.iter().map(|(bytes, _)| bytes)).expect("an automaton");
        Self { values, needles, beginning, automaton }
    }

    /// How many byte strings are looked for.
    pub fn needles(&self) -> usize {
        self.needles.len()
    }

    /// What lies in these bytes.
    pub fn scan(&self, place: &str, bytes: &[u8]) -> Vec<Finding> {
        let mut found = BTreeSet::new();
        for hit in self.automaton.find_overlapping_iter(bytes) {
            for needle in self.beginning[hit.pattern().as_usize()].iter().map(|number| &self.needles[*number]) {
                if bytes[hit.start()..].starts_with(&needle.bytes) {
                    found.insert(Finding {
                        value: self.values[needle.value].clone(),
                        encoding: needle.encoding.clone(),
                        place: place.to_owned(),
                        offset: hit.start(),
                    });
                }
            }
        }
        found.into_iter().collect()
    }

    /// What lies in the files below a folder, whose names count too. Folders called as one of `exempt` are left out.
    pub fn scan_folder(&self, folder: &Path, exempt: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
            let (path, name) = (entry.path(), entry.file_name());
            let place = path.display().to_string();
            found.extend(self.scan(&format!("the name {place}"), name.as_encoded_bytes()));
            if path.is_dir() {
                if !exempt.iter().any(|exempt| *exempt == name) {
                    found.extend(self.scan_folder(&path, exempt));
                }
            } else if path.exists() {
                // A log of SQLite may go with its last connection.
                found.extend(self.scan(&place, &bytes_of(&path)));
            }
        }
        found
    }

    /// What lies in the rows of a database.
    pub fn scan_database(&self, db: &Db) -> Vec<Finding> {
        let tables = db.run_blocking(parity::rows_as_text).expect("rows");
        tables.iter().flat_map(|(table, rows)| self.scan(table, rows.join("\n").as_bytes())).collect()
    }

    /// What lies in a Redis, keys and values of every kind.
    pub fn scan_redis(&self, url: &str) -> Vec<Finding> {
        redis_dump(url).iter().flat_map(|(key, bytes)| self.scan(&format!("redis {key}"), bytes)).collect()
    }
}

/// The bytes of a file, read by another process: when a process closes a file it gives up its locks on it, also those of
/// SQLite connections that it still has, and another process then takes the log from under them.
pub fn bytes_of(path: &Path) -> Vec<u8> {
    let output = Command::new("cat").arg(path).output().expect("cat runs");
    assert!(output.status.success(), "{} cannot be read", path.display());
    output.stdout
}

/// Fails if anything was found, and shows some of it.
#[track_caller]
pub fn assert_none(found: &[Finding]) {
    let some: Vec<String> = found.iter().take(10).map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), some.join("\n"));
}

/// Every key of a Redis with all that lies under it.
fn redis_dump(url: &str) -> Vec<(String, Vec<u8>)> {
    let mut connection = redis::Client::open(url).and_then(|client| client.get_connection()).expect("a Redis");
    let (mut keys, mut cursor) = (BTreeSet::<Vec<u8>>::new(), 0_u64);
    loop {
        let (next, some): (u64, Vec<Vec<u8>>) =
            redis::cmd("SCAN").arg(cursor).arg("COUNT").arg(1_000).query(&mut connection).expect("keys");
        keys.extend(some);
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    let mut dump = Vec::new();
    for key in keys {
        let kind: String = redis::cmd("TYPE").arg(&key).query(&mut connection).expect("a type");
        let read = match kind.as_str() {
            "string" => redis::cmd("GET").arg(&key).query(&mut connection),
            "hash" => redis::cmd("HGETALL").arg(&key).query(&mut connection),
            "list" => redis::cmd("LRANGE").arg(&key).arg(0).arg(-1).query(&mut connection),
            "set" => redis::cmd("SMEMBERS").arg(&key).query(&mut connection),
            "zset" => redis::cmd("ZRANGE").arg(&key).arg(0).arg(-1).query(&mut connection),
            "stream" => redis::cmd("XRANGE").arg(&key).arg("-").arg("+").query(&mut connection),
            // It ended meanwhile.
            _ => continue,
        };
        let value: redis::Value = read.expect("a value");
        let mut bytes = key.clone();
        flatten(&value, &mut bytes);
        dump.push((String::from_utf8_lossy(&key).into_owned(), bytes));
    }
    dump
}

fn flatten(value: &redis::Value, into: &mut Vec<u8>) {
    into.push(0);
    match value {
        redis::Value::BulkString(bytes) => into.extend(bytes),
        redis::Value::SimpleString(text) => into.extend(text.as_bytes()),
        redis::Value::Int(number) => into.extend(number.to_string().as_bytes()),
        redis::Value::Array(values) | redis::Value::Set(values) => values.iter().for_each(|value| flatten(value, into)),
        redis::Value::Map(pairs) => pairs.iter().for_each(|(key, value)| {
            flatten(key, into);
            flatten(value, into);
        }),
        _ => {}
    }
}

/// Every byte string by which a value could be known, each with what it is.
fn encodings(value: &str) -> HashMap<Vec<u8>, String> {
    let mut found = HashMap::new();
    let spellings = spellings(value);
    // The shortest lies in all the others; only what mixes all bytes must be made of each.
    let core = spellings.last().expect("a spelling");
    for (bytes, encoding) in readable(core) {
        found.entry(bytes).or_insert(encoding);
    }
    for grouped in grouped(core) {
        found.entry(grouped.into_bytes()).or_insert_with(|| "grouped digits".to_owned());
    }
    for spelling in &spellings {
        for (name, hash) in hashes(spelling.as_bytes()) {
            let hex = hex::encode(&hash);
            found.entry(hex.to_uppercase().into_bytes()).or_insert_with(|| format!("{name}, upper hex"));
            found.entry(hex.into_bytes()).or_insert_with(|| format!("{name}, hex"));
            found.entry(STANDARD_NO_PAD.encode(&hash).into_bytes()).or_insert_with(|| format!("{name}, base64"));
            found.entry(URL_SAFE_NO_PAD.encode(&hash).into_bytes()).or_insert_with(|| format!("{name}, base64url"));
            found.entry(hash).or_insert_with(|| format!("{name}, raw"));
        }
    }
    found
}

/// A phone with and without its country, the shortest last; anything else is itself.
fn spellings(value: &str) -> Vec<String> {
    match value.strip_prefix("+86") {
        Some(national) => {
            vec![value.to_owned(), format!("86{national}"), format!("0086{national}"), national.to_owned()]
        }
        None => vec![value.to_owned()],
    }
}

/// A value as plain text and what can be read back without a key.
fn readable(value: &str) -> Vec<(Vec<u8>, String)> {
    let bytes = value.as_bytes();
    let utf_16: Vec<u16> = value.encode_utf16().collect();
    let little: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let escaped: String = utf_16.iter().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut all = vec![
        (bytes.to_vec(), "plain"),
        (hex::encode(bytes).into_bytes(), "hex"),
        (hex::encode_upper(bytes).into_bytes(), "upper hex"),
        (little, "UTF-16 LE"),
        (big, "UTF-16 BE"),
        (percent.to_lowercase().into_bytes(), "lower percent encoding"),
        (percent.into_bytes(), "percent encoding"),
        (escaped.to_uppercase().replace("\\U", "\\u").into_bytes(), "upper JSON escapes"),
        (escaped.into_bytes(), "JSON escapes"),
    ];
    for shift in 0..3 {
        let text = aligned_base64(bytes, shift);
        all.push((text.clone().into_bytes(), "base64"));
        all.push((text.replace('+', "-").replace('/', "_").into_bytes(), "base64url"));
    }
    all.into_iter().map(|(bytes, encoding)| (bytes, encoding.to_owned())).collect()
}

/// The characters that stand for `bytes` alone in the base64 of a longer text in which `shift` bytes, modulo three, come
/// before them.
fn aligned_base64(bytes: &[u8], shift: usize) -> String {
    let text = STANDARD.encode([vec![0; shift], bytes.to_vec()].concat());
    let (first, last) = ((8 * shift).div_ceil(6), 8 * (shift + bytes.len()) / 6);
    text[first..last].to_owned()
}

/// Digits as people write them.
fn grouped(value: &str) -> Vec<String> {
    if value.len() != 11 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let groupings = [[3, 7], [4, 8], [3, 6]];
    let mut all = Vec::new();
    for [first, second] in groupings {
        for between in [" ", "-", "\u{a0}"] {
            all.push([&value[..first], &value[first..second], &value[second..]].join(between));
        }
    }
    all
}

/// Unkeyed hashes: every Chinese phone can be tried in minutes.
fn hashes(bytes: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    [
        ("MD5", Md5::digest(bytes).to_vec()),
        ("SHA-1", Sha1::digest(bytes).to_vec()),
        ("SHA-256", Sha256::digest(bytes).to_vec()),
        ("SM3", Sm3::digest(bytes).to_vec()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "+8619812345670";
    const NAME: &str = "欧阳犇淼";

    fn scanner() -> Scanner {
        Scanner::new([PHONE, NAME, "oMgHVjngRipVsoxg6TuX3vz6glDg", "o?>~"].map(str::to_owned))
    }

    fn noise(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|_| rand::random()).collect()
    }

    #[test]
    fn every_encoding_of_every_value_is_found_wherever_it_lies() {
        let scanner = scanner();
        assert!(scanner.needles() >= 150, "{}", scanner.needles());
        for needle in &scanner.needles {
            let before = rand::random_range(0..100);
            let bytes = [noise(before), needle.bytes.clone(), noise(50)].concat();
            let found = scanner.scan("here", &bytes);
            let value = &scanner.values[needle.value];
            assert!(
                found.iter().any(|found| found.value == *value
                    && found.encoding == needle.encoding
                    && found.offset == before
                    && found.place == "here"),
                "{value} as {} is not found: {found:?}",
                needle.encoding
            );
        }
    }

    /// Made here by hand, so that the scanner is not measured by its own needles.
    #[test]
    fn what_others_would_write_is_found() {
        let scanner = scanner();
        let json = |text: &str| format!("{{\"subject\":\"{text}\",\"n\":1}}");
        let cases: Vec<(Vec<u8>, &str)> = vec![
            (json("+8619812345670").into(), "plain"),
            (json("198 1234 5670").into(), "grouped digits"),
            (json("+86 198-1234-5670").into(), "grouped digits"),
            (b"\\x2b38363139383132333435363730".to_vec(), "hex"),
            (STANDARD.encode(json("+8619812345670")).into(), "base64"),
            (STANDARD.encode(json("x+8619812345670")).into(), "base64"),
            (URL_SAFE_NO_PAD.encode(json("xx19812345670")).into(), "base64"),
            (URL_SAFE_NO_PAD.encode(NAME).into(), "base64"),
            (URL_SAFE_NO_PAD.encode(Sha256::digest("o?>~")).into(), "SHA-256, base64url"),
            (b"name=%E6%AC%A7%E9%98%B3%E7%8A%87%E6%B7%BC".to_vec(), "percent encoding"),
            (b"{\"name\":\"\\u6b27\\u9633\\u7287\\u6dfc\"}".to_vec(), "JSON escapes"),
            (b"x1\x009\x008\x001\x002\x003\x004\x005\x006\x007\x000\x00".to_vec(), "UTF-16 LE"),
            // printf '+8619812345670' | md5sum, sha1sum, and the national number by sha256sum.
            (hex::encode(Md5::digest(PHONE)).into(), "MD5, hex"),
            (hex::encode_upper(Sha1::digest("8619812345670")).into(), "SHA-1, upper hex"),
            (Sha256::digest("19812345670").to_vec(), "SHA-256, raw"),
            (STANDARD.encode(Sm3::digest(NAME)).into(), "SM3, base64"),
        ];
        for (bytes, encoding) in cases {
            let found = scanner.scan("here", &bytes);
            assert!(found.iter().any(|found| found.encoding == encoding), "{encoding}: {found:?}");
        }
    }

    #[test]
    fn the_hashes_are_those_of_the_standard_tools() {
        let of = |name: &str| hashes(b"abc").into_iter().find(|(of, _)| *of == name).map(|(_, hash)| hex::encode(hash));
        assert_eq!(of("MD5").unwrap(), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(of("SHA-1").unwrap(), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(of("SHA-256").unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(of("SM3").unwrap(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_none(&scanner().scan("noise", &noise(4_000_000)));
        assert_none(&scanner().scan("others", "+8613812345678 张三 oMgHVjngRipVsoxg6TuX3vz6glDh".as_bytes()));
    }

    #[test]
    fn files_their_names_and_folders_are_looked_at_but_exempt_ones() {
        let folder = tempfile::TempDir::new().unwrap();
        let below = folder.path().join("below");
        let exempt = folder.path().join("snapshots");
        fs::create_dir(&below).unwrap();
        fs::create_dir(&exempt).unwrap();
        fs::write(below.join("log"), format!("a line with {PHONE}\n")).unwrap();
        fs::write(exempt.join("lists"), PHONE).unwrap();
        fs::write(folder.path().join("19812345670.txt"), "").unwrap();
        let found = scanner().scan_folder(folder.path(), &["snapshots"]);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
