//! Telephone numbers and caller ids: every usual spelling of one number is one canonical form.
//!
//! A canonical form carries its class: `+<digits>` for mobile, geographic, foreign and 400/800 numbers, `cn:<digits>`
//! for numbers of the mainland dialled only as they are, `raw:<as it came>` for a caller id that is none of these (most
//! are spoofed: never dropped, never guessed at).
//!
//! # Order of the rules
//!
//! First the text is cleaned: full-width characters are folded, separators (spaces, dashes, dots, brackets, invisible
//! marks; see [`crate::fold`]) go, a leading `tel:` goes (RFC 3966). What is left must be digits, ASCII letters or `+*#`,
//! at most 32, at least one digit; anything else is an error. Then the first rule that fits decides; a text with letters,
//! `*`, `#` or a `+` elsewhere than in front fits none.
//!
//! | # | what is left | canonical form |
//! |---|---|---|
//! | 1 | `+` or `00`, then `86`, then a *national number* | by rules 4 to 10 |
//! | 2 | `+` or `00`, then another assigned country code (ITU-T E.164), 3 digits or more, at most 15 in all; a trunk `0` after the code of a country that has none in its numbers goes (`+44 (0)20 …`) | `+…` foreign |
//! | 3 | `+` or `00` and anything else | `raw:` |
//! | 4 | 11 digits, `13` to `19` | `+86…` mobile |
//! | 5 | 400 or 800 and 7 digits; 950 and 7 or 8 digits | `+86…` service line |
//! | 6 | after a country code: area code and subscriber number, or area code and a number dialled locally (`+86 21 962319`) | `+86…` geographic |
//! | 7 | without: ten digits that begin 10, not 106 (Beijing without its 0) | `+86…` geographic |
//! | 8 | 3 to 9 digits that begin 1 (1010xxxx included); 5 to 8 that begin 95 or 96; 8 to 20 that begin 106 | `cn:…` |
//! | 9 | trunk `0`, then rules 4, 5 or 6 | `+86…` |
//! | 10 | an IP-call or carrier prefix (179xx, 11xxx, 12xxx, 12583x, 10193), then a mobile number or rule 9 | `+86…` |
//! | 11 | `86`, then rules 4 to 10 as after a country code | |
//! | 12 | the rest: no area code is ever assumed | `raw:` |
//!
//! Notes. Because rule 6 stands before rule 8 only behind a country code, `1065911468` is a port of ten digits (`cn:`) and
//! `+861065911468` a Beijing line. `+86 10 96066` and `+86 951 96110` read as an area code and a number dialled locally,
//! because that is the canonical form of `010-96066` and `0951-96110`; behind 10 and 951 to 955, where a nationwide number
//! may have the same digits, only the usual kinds of short number are taken so (`+8610086` and `+8695175177` are none).
//! Extensions are no part of a number's identity: `转` is refused with that reason. Numbers of things (13 digits that
//! begin 14) carry no calls: `raw:`. The subscriber's digits behind a foreign code are not checked against that
//! country's plan.
//!
//! A canonical form parses to itself.

mod clean;
mod country;
mod facts;
mod plan;
mod prefix;

use std::{fmt, str};

pub use facts::{NumberClass, NumberFacts};
pub use prefix::PhonePrefix;

use crate::subject::ParseError;

/// What kind of number a canonical form names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneClass {
    /// A mobile number of the mainland, `+861[3-9]…`.
    Mobile,
    /// A line with an area code of the mainland, or a number dialled with one (`021-962319`).
    Geographic,
    /// A number of another country or region, Hong Kong, Macao and Taiwan included.
    Foreign,
    /// A nationwide service line: 400, 800, or 950 with 10 or 11 digits.
    ServiceLine,
    /// Dialled only as it is: 110, 1xxxx, 95xxx, 96xxx, 1010xxxx, ports that begin 106. Written `cn:…`.
    ShortOrPort,
    /// None of these. Written `raw:…`.
    Raw,
}

/// Four characters of `raw:` and the longest raw text.
const CAPACITY: usize = 4 + clean::LONGEST;

/// A telephone number or caller id in canonical form, held without allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    class: PhoneClass,
    length: u8,
    text: [u8; CAPACITY],
}

impl PhoneNumber {
    /// The canonical form of a number in any usual spelling; see the order of the rules in [`crate::phone`].
    ///
    /// Errors: `phone_empty`, `phone_no_digit`, `phone_too_long`, `phone_extension`, `phone_character`, and
    /// `phone_not_canonical` for a text that begins `cn:` or `raw:` and isn't the canonical form of that class.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("cn:") {
            return Self::parse_plain(rest)?.only(PhoneClass::ShortOrPort);
        }
        if let Some(rest) = text.strip_prefix("raw:") {
            return Self::parse_plain(rest)?.only(PhoneClass::Raw);
        }
        Self::parse_plain(clean::without_scheme(text))
    }

    fn parse_plain(text: &str) -> Result<Self, ParseError> {
        let cleaned = clean::clean(text)?;
        let characters = cleaned.as_bytes();
        Ok(match plan::recognise(characters) {
            Some(form) => Self::of_parts(form.class, [form.prefix, form.head, form.tail]),
            None => Self::of_parts(PhoneClass::Raw, [b"raw:", characters, b""]),
        })
    }

    /// Parts that don't fit are impossible: a cleaned text has at most 32 characters.
    fn of_parts(class: PhoneClass, parts: [&[u8]; 3]) -> Self {
        let mut text = [0; CAPACITY];
        let mut length = 0;
        for part in parts {
            if let Some(room) = text.get_mut(length..length + part.len()) {
                room.copy_from_slice(part);
                length += part.len();
            }
        }
        Self { class, length: u8::try_from(length).unwrap_or(0), text }
    }

    fn only(self, class: PhoneClass) -> Result<Self, ParseError> {
        if self.class == class { Ok(self) } else { Err(NOT_CANONICAL) }
    }

    /// The canonical form: `+…`, `cn:…` or `raw:…`, ASCII, at most 36 characters.
    pub fn canonical(&self) -> &str {
        let bytes = self.text.get(..usize::from(self.length)).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }

    /// What the number is.
    pub const fn class(&self) -> PhoneClass {
        self.class
    }

    /// The canonical form without its `+`, `cn:` or `raw:`: digits, except that a raw text is as it came.
    pub fn digits(&self) -> &str {
        let canonical = self.canonical();
        let prefix = match self.class {
            PhoneClass::ShortOrPort => "cn:",
            PhoneClass::Raw => "raw:",
            _ => "+",
        };
        canonical.strip_prefix(prefix).unwrap_or(canonical)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.canonical())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneNumber").field("class", &self.class).field("canonical", &self.canonical()).finish()
    }
}

const NOT_CANONICAL: ParseError = ParseError {
    code: "phone_not_canonical",
    detail: "“cn:”和“raw:”后面只能跟系统给出的规范号码，请直接填写电话号码",
};
