//! Everything residents and officers are told by the use cases about people, in one file for review.

use std::{fmt::Write as _, path::Path};

/// Folders and files whose sentences are shown to people.
const SOURCES: [&str; 11] = [
    "crates/app/src/residents",
    "crates/app/src/officers",
    "crates/app/src/duty",
    "crates/app/src/responsibilities",
    "crates/app/src/units",
    "crates/app/src/lists",
    "crates/app/src/error.rs",
    "crates/app/src/context.rs",
    "crates/domain/src/protection.rs",
    "crates/domain/src/person.rs",
    "crates/domain/src/phone/facts/words.rs",
];

fn files(path: &Path, found: &mut Vec<std::path::PathBuf>) {
    if path.is_file() {
        found.push(path.to_owned());
        return;
    }
    let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.iter().for_each(|entry| files(entry, found));
}

/// The literals of a source that hold a sentence: Chinese characters and a full stop, comma, colon or more than six of them.
fn sentences(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let without_comments = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let literal = regex::Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let text = without_comments.collect::<Vec<_>>().join("\n");
    let chinese = |text: &str| text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count();
    literal
        .captures_iter(&text)
        .map(|found| found[1].split('\n').map(str::trim).collect::<String>().replace('\\', ""))
        .filter(|text| chinese(text) >= 4 && !text.contains("</"))
        .collect()
}

#[test]
fn what_people_are_told_is_as_reviewed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut list = String::new();
    for source in SOURCES {
        let mut found = Vec::new();
        files(&root.join(source), &mut found);
        for file in found {
            let name = file.strip_prefix(&root).unwrap().display().to_string();
            let told = sentences(&std::fs::read_to_string(&file).unwrap());
            if told.is_empty() || name.contains("test") {
                continue;
            }
            writeln!(list, "{name}").unwrap();
            told.iter().for_each(|text| writeln!(list, "  {text}").unwrap());
        }
    }
    assert!(list.lines().count() > 100, "the sources are read: {list}");
    insta::assert_snapshot!("texts", list);
}
