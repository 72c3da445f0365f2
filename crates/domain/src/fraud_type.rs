//! The fraud types (诈骗类型): a versioned code table kept as data, never an enum.
//!
//! Names shift from year to year and places cut them differently, so a code is data (`data/fraud_types.toml`): a new
//! type is a new row and a new version of the file. The first ten are the list the Ministry of Public Security published
//! on 25 June 2024; `T00` and `T99` are ours for unknown and other; finer types name the type they belong to.

use std::{fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// The code of a type that is not known.
pub const UNKNOWN: FraudCode = FraudCode(*b"T00\0");

/// The code of a fraud type: one to four upper-case ASCII letters and digits, padded with zero bytes, so that it fits a
/// fixed-size verdict record.
///
/// A code need not be in the table: an older program may read a list with newer codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct FraudCode([u8; 4]);

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("诈骗类型代码由1到4个大写字母或数字组成，例如T01")]
pub struct BadFraudCode;

impl FraudCode {
    /// The code written in `text`; white space around it and lower case are forgiven.
    ///
    /// # Errors
    /// When it is empty, longer than four characters, or has others than ASCII letters and digits.
    pub fn parse(text: &str) -> Result<Self, BadFraudCode> {
        let text = text.trim();
        if text.is_empty() || text.len() > 4 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadFraudCode);
        }
        let mut code = [0; 4];
        for (to, from) in code.iter_mut().zip(text.bytes()) {
            *to = from.to_ascii_uppercase();
        }
        Ok(Self(code))
    }

    /// The code stored as the four bytes of a verdict record.
    ///
    /// # Errors
    /// When the bytes are not a code padded with zeros.
    pub fn from_bytes(bytes: [u8; 4]) -> Result<Self, BadFraudCode> {
        let code = Self(bytes);
        if Self::parse(code.as_str()) == Ok(code) { Ok(code) } else { Err(BadFraudCode) }
    }

    /// The four bytes of a verdict record.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().take_while(|&&byte| byte != 0).count();
        self.0.get(..length).and_then(|code| str::from_utf8(code).ok()).unwrap_or_default()
    }
}

impl fmt::Display for FraudCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FraudCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl From<FraudCode> for String {
    fn from(code: FraudCode) -> Self {
        code.as_str().to_owned()
    }
}

impl TryFrom<String> for FraudCode {
    type Error = BadFraudCode;

    fn try_from(text: String) -> Result<Self, BadFraudCode> {
        Self::parse(&text)
    }
}

/// One fraud type and what a resident is told about it, in plain Chinese.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FraudType {
    code: FraudCode,
    parent: Option<FraudCode>,
    name_zh: String,
    what: String,
    next: String,
    advice: String,
}

impl FraudType {
    /// Its code.
    pub const fn code(&self) -> FraudCode {
        self.code
    }

    /// The wider type it belongs to, if it is a finer one.
    pub const fn parent(&self) -> Option<FraudCode> {
        self.parent
    }

    /// What it is called.
    pub fn name_zh(&self) -> &str {
        &self.name_zh
    }

    /// What this fraud is.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What the fraudsters do next.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// What to do now.
    pub fn advice(&self) -> &str {
        &self.advice
    }
}

/// All fraud types of one version.
#[derive(Debug, Clone)]
pub struct Table {
    version: String,
    appeal: String,
    unknown: FraudType,
    others: Vec<FraudType>,
}

/// The table as its file is laid out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    appeal: String,
    unknown: FraudType,
    #[serde(rename = "type")]
    types: Vec<FraudType>,
}

impl Table {
    /// The version of the table: the day of the official list it follows.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How the owner of a listed subject objects (《反电信网络诈骗法》第三十二条 asks for reason and remedy).
    pub fn appeal(&self) -> &str {
        &self.appeal
    }

    /// What is told where the type is not known ([`UNKNOWN`]).
    pub const fn unknown(&self) -> &FraudType {
        &self.unknown
    }

    /// The type of that code.
    pub fn get(&self, code: FraudCode) -> Option<&FraudType> {
        self.iter().find(|known| known.code == code)
    }

    /// The type that a word in a file or at the command line means: its code, or its name in Chinese.
    pub fn named(&self, word: &str) -> Option<&FraudType> {
        let word = word.trim();
        self.iter().find(|known| known.code.as_str().eq_ignore_ascii_case(word) || known.name_zh() == word)
    }

    /// The wider type of `code`, or `code` itself: what statistics are kept by.
    pub fn top(&self, code: FraudCode) -> FraudCode {
        self.get(code).and_then(FraudType::parent).unwrap_or(code)
    }

    /// Every type, the unknown one first, then in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &FraudType> {
        std::iter::once(&self.unknown).chain(&self.others)
    }
}

/// The table of this program.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(read_table);
    &TABLE
}

#[expect(clippy::expect_used, reason = "the file is part of the program, and a test reads it")]
fn read_table() -> Table {
    let file: File =
        toml::from_str(include_str!("../data/fraud_types.toml")).expect("data/fraud_types.toml is well formed");
    Table { version: file.version, appeal: file.appeal, unknown: file.unknown, others: file.types }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_ten_official_types_with_unknown_and_other_are_there() {
        let names: Vec<_> = (0..=10)
            .chain([99])
            .map(|number| {
                let code = FraudCode::parse(&format!("T{number:02}")).unwrap();
                table().get(code).unwrap().name_zh()
            })
            .collect();
        assert_eq!(names.len(), 12);
        assert_eq!(names[1], "刷单返利");
        assert_eq!(names[8], "冒充公检法及政府机关");
        assert_eq!(table().unknown().code(), UNKNOWN);
    }

    #[test]
    fn codes_are_unique_and_parents_exist_at_the_top() {
        let mut seen = HashSet::new();
        for fraud_type in table().iter() {
            assert!(seen.insert(fraud_type.code), "{} twice", fraud_type.code);
            if let Some(parent) = fraud_type.parent {
                assert_eq!(table().get(parent).unwrap().parent, None);
                assert_eq!(table().top(fraud_type.code), parent);
            }
        }
    }

    #[test]
    fn every_type_tells_what_it_is_what_comes_next_and_whom_to_call() {
        for fraud_type in table().iter() {
            let code = fraud_type.code;
            assert!(fraud_type.what.chars().count() >= 15, "{code} what");
            assert!(fraud_type.next.chars().count() >= 15, "{code} next");
            assert!(fraud_type.advice.contains("110") && fraud_type.advice.contains("96110"), "{code} advice");
        }
        assert!(table().appeal().contains("异议") && table().appeal().contains("第三十二条"));
    }

    #[test]
    fn a_code_reads_back_from_text_bytes_and_json() {
        let code = FraudCode::parse(" t99a ").unwrap();
        assert_eq!(code.as_str(), "T99A");
        assert_eq!(FraudCode::from_bytes(code.to_bytes()), Ok(code));
        assert_eq!(serde_json::to_string(&code).unwrap(), "\"T99A\"");
        assert_eq!(serde_json::from_str::<FraudCode>("\"T01\"").unwrap(), FraudCode::parse("T01").unwrap());
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", " ", "T1234", "T-1", "刷单", "T 1"] {
            assert_eq!(FraudCode::parse(text), Err(BadFraudCode), "{text}");
        }
        for bytes in [[0; 4], *b"\0T01", *b"T\x001\0", *b"t01\0", [255; 4]] {
            assert_eq!(FraudCode::from_bytes(bytes), Err(BadFraudCode), "{bytes:?}");
        }
        assert!(serde_json::from_str::<FraudCode>("\"\"").is_err());
    }

    #[test]
    fn a_code_of_a_newer_table_is_its_own_top() {
        let newer = FraudCode::parse("T42").unwrap();
        assert!(table().get(newer).is_none());
        assert_eq!(table().top(newer), newer);
    }
}
